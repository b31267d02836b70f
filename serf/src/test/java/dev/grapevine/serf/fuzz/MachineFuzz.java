package dev.grapevine.serf.fuzz;

import dev.grapevine.core.Address;
import dev.grapevine.core.CloseReason;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Input;
import dev.grapevine.serf.MemberStatus;
import dev.grapevine.serf.SerfCommand;
import dev.grapevine.serf.SerfMachine;
import dev.grapevine.serf.SerfMember;
import dev.grapevine.serf.SerfSettings;
import dev.grapevine.serf.memberlist.NodeAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.random.RandomGeneratorFactory;

/**
 * A whole node that hears a stranger. The input is a list of pieces {@code what (1), length (2, big-endian), bytes}: a
 * datagram, bytes of a stream, or time that passes. Whatever it is, the node stays the living member that it was.
 */
public final class MachineFuzz {
    private static final Address STRANGER = Address.ipv4(0x7F00_0009, 999);
    private static final Address OWN = Address.ipv4(0x7F00_0001, 7946);
    private static final long MOST_STEP_NANOS = 40_000_000_000L;

    private MachineFuzz() {}

    /** For fuzzers, which find it by its name. */
    public static void fuzzerTestOneInput(byte[] input) {
        SerfMachine machine = new SerfMachine(
                SerfSettings.of("self", NodeAddress.of(OWN)).build(),
                RandomGeneratorFactory.of("L64X128MixRandom").create(1));
        Effects effects = new Effects();
        ByteBuffer in = ByteBuffer.wrap(input);
        long now = 0;
        long stream = -1;
        machine.handle(new Input.WallClock(0), now, effects);
        machine.handle(new Input.StreamAccepted(stream, STRANGER), now, effects);
        while (in.remaining() >= 3) {
            int what = in.get() & 3;
            int length = Math.min(in.getShort() & 0xFFFF, in.remaining());
            ByteBuffer piece = in.slice(in.position(), length);
            in.position(in.position() + length);
            switch (what) {
                case 0, 3 -> machine.handle(new Input.Datagram(STRANGER, piece), now, effects);
                case 1 -> {
                    machine.handle(new Input.StreamBytes(stream, piece), now, effects);
                    machine.handle(new Input.StreamClosed(stream, CloseReason.RESET), now, effects);
                    machine.handle(new Input.StreamAccepted(--stream, STRANGER), now, effects);
                }
                default -> {
                    now = Math.min(now + MOST_STEP_NANOS, Math.max(now, machine.nextDeadlineNanos()));
                    machine.handle(new Input.Tick(), now, effects);
                }
            }
            effects.clear();
        }
        machine.handle(new Input.Commanded(1, new SerfCommand.Members()), now, effects);
        check(effects);
    }

    private static void check(Effects effects) {
        for (Effect effect : effects.list()) {
            if (!(effect instanceof Effect.Answer(long id, Object members)) || id != 1) continue;
            for (Object each : (List<?>) members)
                if (each instanceof SerfMember member
                        && member.name().equals("self")
                        && member.status() == MemberStatus.ALIVE) return;
        }
        throw new IllegalStateException("the node no longer sees itself alive: " + effects.list());
    }
}
