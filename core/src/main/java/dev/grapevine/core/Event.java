package dev.grapevine.core;

/** What a {@link Machine} tells its application; every machine has its own sealed family. */
public interface Event {}
