package dev.grapevine.recording;

import dev.grapevine.core.Input;

/** One record of a recording. */
public sealed interface Entry {
    /**
     * Stands at the start of every segment.
     *
     * @param machine the kind of machine, which says how to make it again: {@code node} for {@link dev.grapevine.node.NodeMachine}
     * @param name of the node
     * @param recording the same in all segments of one recording, and in no others
     * @param segment number of this one, from 0
     * @param firstInput number of the first input in this segment
     * @param startEpochMillis the wall clock when the machine was made, milliseconds since 1970
     * @param seed of the machine's generator, L64X128MixRandom
     * @param redacted whether of datagrams, stream bytes and payloads the lengths alone were kept: such a recording can be read, not replayed
     * @param settings the machine's settings, see {@link EntryDecoder#settings}
     */
    record Header(
            String machine,
            String name,
            long recording,
            int segment,
            long firstInput,
            long startEpochMillis,
            long seed,
            boolean redacted,
            byte[] settings)
            implements Entry {}

    /**
     * An input, and what became of it.
     *
     * @param nowNanos the machine's time
     */
    record Handled(long nowNanos, Input input, Outcome outcome) implements Entry {}

    /** Here {@code count} inputs are missing, because the disk was slower than the node. */
    record Gap(long count) implements Entry {}

    /** The node was stopped in order after {@code inputs} inputs: nothing is missing at the end. */
    record End(long inputs) implements Entry {}
}
