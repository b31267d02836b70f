package dev.grapevine.state;

/** A key and its entry. */
public record Kept(StateKey key, Entry entry) {}
