package dev.grapevine.serf;

import dev.grapevine.core.Address;
import dev.grapevine.core.CloseReason;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Event;
import dev.grapevine.core.Input;
import dev.grapevine.serf.memberlist.NodeAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/**
 * Serf machines on virtual time: links carry the encoded bytes with latency, loss and cuts; streams are ordered and whole until
 * cut. One seed, one run.
 */
final class TestCluster {
    static final long MILLI = 1_000_000L;
    static final long SECOND = 1_000_000_000L;

    /** A node and what its application saw. */
    static final class Member {
        final String name;
        final Address address;
        final SerfMachine machine;
        final long bornNanos;
        final List<SerfEvent> events = new ArrayList<>();
        final Map<Long, Object> answers = new LinkedHashMap<>();
        final Map<Long, String> refusals = new LinkedHashMap<>();
        boolean up = true;
        int side;
        long wakeNanos = Long.MAX_VALUE;
        long datagrams;
        long bytes;
        long lastCommand;

        Member(String name, Address address, SerfMachine machine, long bornNanos) {
            this.name = name;
            this.address = address;
            this.machine = machine;
            this.bornNanos = bornNanos;
        }

        <T extends SerfEvent> List<T> seen(Class<T> type) {
            return events.stream().filter(type::isInstance).map(type::cast).toList();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private record Due(long atNanos, long order, Runnable run) implements Comparable<Due> {
        @Override
        public int compareTo(Due other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime == 0 ? Long.compare(order, other.order) : byTime;
        }
    }

    /** One end of a stream. */
    private record End(Member member, long stream) {}

    final List<Member> members = new ArrayList<>();
    final RandomGenerator random;
    private final PriorityQueue<Due> agenda = new PriorityQueue<>();
    private final Map<Address, Member> listeners = new LinkedHashMap<>();
    private final Map<End, End> streams = new LinkedHashMap<>();
    private final Effects effects = new Effects();
    private long nowNanos;
    private long order;
    private long accepted;
    double loss;

    TestCluster(long seed) {
        random = RandomGeneratorFactory.<RandomGenerator.SplittableGenerator>of("L64X128MixRandom")
                .create(seed);
    }

    long now() {
        return nowNanos;
    }

    static Address address(int index) {
        return Address.ipv4(0x7F14_0000 + index, 7946);
    }

    static SerfSettings.Builder settings(String name, Address address) {
        return SerfSettings.of(name, NodeAddress.of(address));
    }

    Member add(int index) {
        return add(settings("n" + index, address(index)).build());
    }

    Member add(SerfSettings settings) {
        RandomGenerator luck = ((RandomGenerator.SplittableGenerator) random).split();
        Member member =
                new Member(settings.name(), settings.address().address(), new SerfMachine(settings, luck), nowNanos);
        members.add(member);
        listeners.put(member.address, member);
        give(member, new Input.WallClock(0));
        return member;
    }

    /** {@code count} nodes, all joined through the first one, and given time to know each other. */
    void grow(int count) {
        for (int i = 0; i < count; i++) add(members.size() + 1);
        for (Member member : members.subList(1, members.size())) join(member, members.get(0));
    }

    void join(Member who, Member to) {
        command(who, new SerfCommand.Join(List.of(to.address.toString()), false));
    }

    long command(Member member, SerfCommand command) {
        long id = ++member.lastCommand;
        give(member, new Input.Commanded(id, command));
        return id;
    }

    /** The member is gone at once, as by kill -9: nobody hears anything. */
    void kill(Member member) {
        member.up = false;
        listeners.remove(member.address, member);
        streams.entrySet().removeIf(entry -> {
            if (entry.getKey().member != member) return false;
            End other = entry.getValue();
            at(nowNanos + MILLI, () -> closed(other, CloseReason.RESET));
            return true;
        });
    }

    void partition(Predicate<Member> otherSide) {
        for (Member member : members) member.side = otherSide.test(member) ? 1 : 0;
    }

    void heal() {
        for (Member member : members) member.side = 0;
    }

    private void at(long atNanos, Runnable run) {
        agenda.add(new Due(atNanos, order++, run));
    }

    void run(long nanos) {
        long until = nowNanos + nanos;
        while (true) {
            Due due = agenda.peek();
            if (due == null || due.atNanos > until) break;
            agenda.poll();
            nowNanos = due.atNanos;
            due.run.run();
        }
        nowNanos = until;
    }

    /** Runs until {@code done}, looking every 100 ms; returns how long it took, or -1 after {@code nanos}. */
    long runUntil(long nanos, java.util.function.BooleanSupplier done) {
        long start = nowNanos;
        while (nowNanos - start < nanos) {
            if (done.getAsBoolean()) return nowNanos - start;
            run(100 * MILLI);
        }
        return done.getAsBoolean() ? nowNanos - start : -1;
    }

    private long latency() {
        return 200_000L + random.nextLong(MILLI);
    }

    void give(Member member, Input input) {
        if (!member.up) return;
        member.machine.handle(input, nowNanos - member.bornNanos, effects);
        List<Effect> todo = new ArrayList<>(effects.list());
        for (Effect effect : todo) perform(member, effect);
        effects.clear();
        wake(member);
    }

    private void wake(Member member) {
        long deadline = member.machine.nextDeadlineNanos();
        if (deadline == Long.MAX_VALUE) return;
        long atNanos = Math.max(nowNanos, deadline + member.bornNanos);
        if (atNanos >= member.wakeNanos) return;
        member.wakeNanos = atNanos;
        at(atNanos, () -> {
            if (member.wakeNanos != atNanos) return;
            member.wakeNanos = Long.MAX_VALUE;
            give(member, new Input.Tick());
        });
    }

    private static ByteBuffer copy(ByteBuffer bytes) {
        return ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
    }

    private void perform(Member from, Effect effect) {
        switch (effect) {
            case Effect.SendDatagram(Address to, ByteBuffer packet) -> {
                from.datagrams++;
                from.bytes += packet.remaining();
                if (random.nextDouble() < loss) return;
                ByteBuffer carried = copy(packet);
                at(nowNanos + latency(), () -> {
                    Member receiver = reach(from, to);
                    if (receiver != null) give(receiver, new Input.Datagram(from.address, carried));
                });
            }
            case Effect.OpenStream(long stream, Address to, long timeoutNanos) -> open(from, stream, to, timeoutNanos);
            case Effect.WriteStream(long stream, ByteBuffer bytes) -> {
                from.bytes += bytes.remaining();
                ByteBuffer carried = copy(bytes);
                // In two pieces, since that is what streams do.
                int half = carried.remaining() / 2;
                ByteBuffer first = carried.slice(0, half);
                ByteBuffer second = carried.slice(half, carried.remaining() - half);
                long arrival = nowNanos + 2 * MILLI;
                End here = new End(from, stream);
                at(arrival, () -> carry(here, other -> new Input.StreamBytes(other, first)));
                at(arrival, () -> carry(here, other -> new Input.StreamBytes(other, second)));
            }
            case Effect.EndStream(long stream) ->
                at(nowNanos + 2 * MILLI, () -> carry(new End(from, stream), Input.StreamEnded::new));
            case Effect.CloseStream(long stream) -> {
                End here = new End(from, stream);
                at(nowNanos + 2 * MILLI, () -> {
                    End other = streams.remove(here);
                    if (other == null) return;
                    streams.remove(other);
                    give(here.member, new Input.StreamClosed(here.stream, CloseReason.LOCAL));
                    if (reach(here.member, other.member.address) == other.member)
                        give(other.member, new Input.StreamClosed(other.stream, CloseReason.REMOTE));
                });
            }
            case Effect.Publish(Event event) -> from.events.add((SerfEvent) event);
            case Effect.Answer(long id, Object result) -> from.answers.put(id, result);
            case Effect.Refuse(long id, String reason) -> from.refusals.put(id, reason);
            case Effect.Resolve(String host, int port) ->
                at(nowNanos + MILLI, () -> give(from, new Input.Resolved(host, port, List.of())));
        }
    }

    private @Nullable Member reach(Member from, Address to) {
        Member receiver = listeners.get(to);
        return receiver == null || receiver.side != from.side || !receiver.up ? null : receiver;
    }

    private void open(Member from, long stream, Address to, long timeoutNanos) {
        Member listener = listeners.get(to);
        boolean cut = listener != null && listener.side != from.side;
        if (cut) {
            at(nowNanos + timeoutNanos, () -> give(from, new Input.StreamClosed(stream, CloseReason.TIMED_OUT)));
            return;
        }
        at(nowNanos + 2 * MILLI, () -> {
            Member receiver = reach(from, to);
            if (receiver == null) {
                give(from, new Input.StreamClosed(stream, CloseReason.REFUSED));
                return;
            }
            End here = new End(from, stream);
            End there = new End(receiver, --accepted);
            streams.put(here, there);
            streams.put(there, here);
            give(receiver, new Input.StreamAccepted(there.stream, from.address));
            give(from, new Input.StreamConnected(stream));
        });
    }

    private void carry(End here, java.util.function.LongFunction<Input> input) {
        End other = streams.get(here);
        if (other == null || reach(here.member, other.member.address) != other.member) return;
        give(other.member, input.apply(other.stream));
    }

    private void closed(End end, CloseReason reason) {
        streams.remove(end);
        give(end.member, new Input.StreamClosed(end.stream, reason));
    }

    @SuppressWarnings("unchecked")
    List<SerfMember> view(Member member) {
        long id = command(member, new SerfCommand.Members());
        return (List<SerfMember>) java.util.Objects.requireNonNull(member.answers.remove(id));
    }

    MemberStatus status(Member viewer, String name) {
        for (SerfMember member : view(viewer)) if (member.name().equals(name)) return member.status();
        return MemberStatus.NONE;
    }

    List<Member> up() {
        return members.stream().filter(member -> member.up).toList();
    }

    /** Whether every node that is up sees exactly these as alive. */
    boolean allSeeAlive(List<Member> alive) {
        for (Member viewer : alive) {
            int count = 0;
            for (SerfMember member : view(viewer)) if (member.status() == MemberStatus.ALIVE) count++;
            if (count != alive.size()) return false;
            for (Member one : alive) if (status(viewer, one.name) != MemberStatus.ALIVE) return false;
        }
        return true;
    }

    SerfStats stats(Member member) {
        long id = command(member, new SerfCommand.Stats());
        return (SerfStats) java.util.Objects.requireNonNull(member.answers.remove(id));
    }
}
