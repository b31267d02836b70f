package dev.grapevine.recording;

import dev.grapevine.core.Command;

/**
 * Stands in a recording for a command that cannot be written down: a replay is exact up to here and no further.
 *
 * @param type the command's class
 * @param why what in it has no form as bytes
 */
public record Unrecordable(String type, String why) implements Command {}
