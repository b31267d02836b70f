package dev.grapevine.sim.replay;

import dev.grapevine.core.Address;
import dev.grapevine.core.Command;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Input;
import dev.grapevine.core.Machine;
import dev.grapevine.recording.EffectHash;
import dev.grapevine.recording.Entry;
import dev.grapevine.recording.Outcome;
import dev.grapevine.recording.Unrecordable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A driver that gives a machine what was recorded, in the order and at the machine's times in which it was, and compares the hash of
 * every effect and the next deadline with the recorded ones. Stops at the first difference. Not thread-safe.
 */
public final class Replay {
    /** How a replay stands. */
    public enum State {
        /** There may be more. */
        RUNNING,
        /** Every recorded input was given, and every effect was the same. */
        SAME,
        /** The machine did something else: see {@link #difference}. */
        DIFFERENT,
        /** The recording has a gap here, or a command that could not be written down: see {@link #obstacle}. */
        INCOMPLETE
    }

    private final Recording recording;
    private final Machine machine;
    private final Effects effects = new Effects();
    private final EffectHash hash;
    private State state = State.RUNNING;
    private @Nullable Difference difference;
    private @Nullable String obstacle;
    private Entry.@Nullable Handled next;
    private Entry.@Nullable Handled last;
    private long inputs;

    /**
     * @param machine made anew from the recording's seed and settings
     * @throws IOException if the recording cannot be read
     */
    public Replay(Recording recording, Machine machine) throws IOException {
        this.recording = recording;
        this.machine = machine;
        this.hash = new EffectHash(recording.header().redacted());
        if (!recording.hasBeginning())
            stop("the beginning was overwritten: inputs 0 to "
                    + (recording.header().firstInput() - 1) + " are gone");
        else if (recording.header().redacted())
            stop("it was recorded without content: it can be listed (--list), not replayed");
        else advance();
    }

    /** The machine; look, but do not call {@code handle}. */
    public Machine machine() {
        return machine;
    }

    /** How it stands. */
    public State state() {
        return state;
    }

    /** What differs; null while nothing does. */
    public @Nullable Difference difference() {
        return difference;
    }

    /** Why an exact replay ends here; null while it does not. */
    public @Nullable String obstacle() {
        return obstacle;
    }

    /** Inputs given so far. */
    public long inputs() {
        return inputs;
    }

    /** The machine's time at the input given last. */
    public long nowNanos() {
        return last == null ? 0 : last.nowNanos();
    }

    /** The machine's time at the input that comes next; {@link Long#MAX_VALUE} if none does. */
    public long nextNanos() {
        return next == null || state != State.RUNNING ? Long.MAX_VALUE : next.nowNanos();
    }

    /**
     * Gives the next input; {@link #effects} then holds what the machine did, until the next call.
     *
     * @return the input; null if the replay has ended
     */
    public @Nullable Input step() throws IOException {
        effects.clear();
        Entry.Handled now = next;
        if (now == null || state != State.RUNNING) return null;
        if (now.input() instanceof Input.Commanded(long id, Command command)
                && command instanceof Unrecordable(String type, String why)) {
            stop("input " + inputs + " was a command that has no form as bytes, " + type + ": " + why);
            return null;
        }
        last = now;
        RuntimeException thrown = null;
        try {
            machine.handle(now.input(), now.nowNanos(), effects);
        } catch (RuntimeException fault) {
            thrown = fault;
        }
        rewind(now.input());
        compare(now, thrown);
        if (thrown != null) effects.clear();
        inputs++;
        if (state == State.RUNNING) advance();
        return now.input();
    }

    /** Gives every input up to this time of the machine, included; false once nothing is left. */
    public boolean runUntil(long nowNanos) throws IOException {
        while (nextNanos() <= nowNanos) step();
        return state == State.RUNNING;
    }

    /** What the machine asked for at the last {@link #step}; buffers are valid until the next one. */
    public List<Effect> effects() {
        return effects.list();
    }

    private void advance() throws IOException {
        next = recording.next();
        if (next == null) state = State.SAME;
        else if (recording.missing() > 0)
            stop("the recording has a gap: " + recording.missing() + " inputs from number " + inputs
                    + " on are missing");
    }

    private void stop(String why) {
        state = State.INCOMPLETE;
        obstacle = why;
    }

    // The machine has read its buffer; who looks on wants to read it too.
    private static void rewind(Input input) {
        switch (input) {
            case Input.Datagram(Address from, ByteBuffer packet) -> packet.rewind();
            case Input.StreamBytes(long stream, ByteBuffer bytes) -> bytes.rewind();
            default -> {}
        }
    }

    private void compare(Entry.Handled now, @Nullable RuntimeException thrown) {
        Outcome then = now.outcome();
        String what = differs(then, thrown);
        if (what == null && then.nextDeadlineNanos() != machine.nextDeadlineNanos())
            what = "the next deadline is " + seconds(machine.nextDeadlineNanos()) + ", recorded was "
                    + seconds(then.nextDeadlineNanos());
        if (what == null) return;
        state = State.DIFFERENT;
        difference = new Difference(inputs, now.nowNanos(), recording.place(), describe(now.input()), what);
    }

    private @Nullable String differs(Outcome then, @Nullable RuntimeException thrown) {
        if (thrown != null || then.thrown() != null) {
            String now = thrown == null ? null : thrown.getClass().getName();
            if (now != null && now.equals(then.thrown())) return null;
            return (now == null ? "it threw nothing" : "it threw " + thrown) + ", recorded was "
                    + (then.thrown() == null ? "nothing thrown" : then.thrown());
        }
        List<Effect> list = effects.list();
        int both = Math.min(list.size(), then.effects().length);
        for (int i = 0; i < both; i++)
            if (hash.of(list.get(i)) != then.effects()[i])
                return "effect " + (i + 1) + " of " + list.size() + " is another one: " + describe(list.get(i));
        if (list.size() != both)
            return "one effect too many: " + describe(list.get(both)) + ", the " + (both + 1) + ".";
        if (then.effects().length != both) return "only " + both + " effects, recorded were " + then.effects().length;
        return null;
    }

    private static String seconds(long nanos) {
        return nanos == Long.MAX_VALUE ? "never" : String.format(java.util.Locale.ROOT, "%.9f s", nanos / 1e9);
    }

    /** An input in a few words. */
    public static String describe(Input input) {
        return switch (input) {
            case Input.Datagram(var from, var packet) -> packet.remaining() + " bytes from " + from;
            case Input.StreamAccepted(long stream, var from) -> "stream " + stream + " from " + from;
            case Input.StreamConnected(long stream) -> "stream " + stream + " is up";
            case Input.StreamBytes(long stream, var bytes) -> bytes.remaining() + " bytes on stream " + stream;
            case Input.StreamDrained(long stream) -> "stream " + stream + " has drained";
            case Input.StreamEnded(long stream) -> "the end of stream " + stream;
            case Input.StreamClosed(long stream, var reason) -> "stream " + stream + " closed, " + reason;
            case Input.Commanded(long id, var command) ->
                "command " + command.getClass().getSimpleName();
            case Input.WallClock(long epochMillis) -> "wall clock " + epochMillis;
            case Input.Resolved(String host, int port, var addresses) -> host + " resolved to " + addresses;
            case Input.Paused(long lostNanos) -> "a pause of " + seconds(lostNanos);
            case Input.Tick() -> "tick";
        };
    }

    /** An effect in a few words. */
    public static String describe(Effect effect) {
        return switch (effect) {
            case Effect.SendDatagram(var to, var packet) -> packet.remaining() + " bytes to " + to;
            case Effect.OpenStream(long stream, var to, long timeoutNanos) -> "open stream " + stream + " to " + to;
            case Effect.WriteStream(long stream, var bytes) -> bytes.remaining() + " bytes to stream " + stream;
            case Effect.EndStream(long stream) -> "end stream " + stream;
            case Effect.CloseStream(long stream) -> "close stream " + stream;
            case Effect.Publish(var event) -> "publish " + event.getClass().getSimpleName();
            case Effect.Answer(long id, var result) -> "answer command " + id;
            case Effect.Refuse(long id, String reason) -> "refuse command " + id + ": " + reason;
            case Effect.Resolve(String host, int port) -> "look up " + host;
        };
    }
}
