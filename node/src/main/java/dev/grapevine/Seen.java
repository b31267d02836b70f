package dev.grapevine;

import java.util.List;

/**
 * The end of a wait for an update.
 *
 * @param members the view that was waited for, by name
 * @param count how many of them are known to have the update
 * @param viewChanged whether that is another view than when the wait began
 */
public record Seen(List<String> members, int count, boolean viewChanged) {}
