package dev.grapevine.state;

import java.util.List;

/**
 * The end of a wait for an update.
 *
 * @param members of the view that was waited for, by name
 * @param seen how many of them are known to have the update
 * @param viewChanged whether that is another view than when the wait began
 */
public record SeenBy(List<String> members, int seen, boolean viewChanged) {}
