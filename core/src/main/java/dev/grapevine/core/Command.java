package dev.grapevine.core;

/** What an application asks of a {@link Machine}; every machine has its own sealed family. */
public interface Command {}
