package dev.grapevine.sim.replay;

/**
 * Where a replay first does something else than was recorded: a defect of the machine (it looked at something that is no input), of
 * the recorder, or the code or the recording is not what it was.
 *
 * @param input number of the input, from 0
 * @param atNanos the machine's time, nanoseconds since it started
 * @param place where in the recording: file and byte
 * @param given the input, in words
 * @param what what differs, in words
 */
public record Difference(long input, long atNanos, String place, String given, String what) {}
