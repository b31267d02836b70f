package dev.grapevine.serf;

import dev.grapevine.core.Address;
import dev.grapevine.core.Effect;
import dev.grapevine.serf.memberlist.Memberlist;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gets us into a cluster and back into it: join commands, the snapshot's members after a restart, failed members now and
 * then, and everybody we ever heard of while we are alone. Source: hashicorp/serf, serf/serf.go, Join, reconnect, and
 * serf/snapshot.go, handleRejoin; that isolation ends by itself is ours.
 */
final class Joiner {
    private static final long SECOND = 1_000_000_000L;
    private static final int MAX_AT_ONCE = 8;
    private static final int MAX_LOST = 1024;

    /** One join command. */
    private static final class Attempt {
        final long id;
        final boolean ignoreOld;
        final Deque<Address> waiting = new ArrayDeque<>();
        final Set<String> resolving = new LinkedHashSet<>();
        final List<String> failures = new ArrayList<>();
        int running;
        int reached;

        Attempt(long id, boolean ignoreOld) {
            this.id = id;
            this.ignoreOld = ignoreOld;
        }
    }

    private record Pending(long id, SerfCommand.Join command) {}

    /** A member of an earlier life. */
    private record Known(String name, Address address) {}

    private final SerfContext context;
    private final MemberTable members;
    private final Memberlist memberlist;
    private final Runnable announceJoin;
    private final Deque<Pending> queued = new ArrayDeque<>();
    private final Deque<Known> rejoin = new ArrayDeque<>();
    private final Map<String, Address> lost = new LinkedHashMap<>();
    private final Set<String> resolvingAlone = new LinkedHashSet<>();
    private @Nullable Attempt current;
    private boolean isolated;
    private int isolationTries;
    private boolean stopped;

    Joiner(SerfContext context, MemberTable members, Memberlist memberlist, Runnable announceJoin) {
        this.context = context;
        this.members = members;
        this.memberlist = memberlist;
        this.announceJoin = announceJoin;
    }

    /** Whether events that are older than what the peer of a join exchange has seen are unwanted just now. */
    boolean ignoresOld() {
        return current != null && current.ignoreOld;
    }

    void stop() {
        stopped = true;
        queued.clear();
        rejoin.clear();
        context.timers.cancel(new SerfContext.Timer.Isolation());
    }

    /** Tries the members of an earlier life, one after the other, until one answers. */
    void rejoin() {
        List<Known> known = new ArrayList<>();
        context.settings.snapshot.alive().forEach((name, address) -> {
            if (context.isSelf(name)) return;
            known.add(new Known(name, address));
            lose(name, address);
        });
        Collections.shuffle(known, context.turn.random());
        rejoin.addAll(known);
        if (!known.isEmpty()) rejoinNext();
        if (!known.isEmpty() || !context.settings.rejoinTargets.isEmpty()) watchIsolation();
    }

    private void rejoinNext() {
        if (stopped) return;
        Known next = rejoin.poll();
        if (next == null) {
            context.warn("Failed to re-join any previously known node");
            return;
        }
        String described = next.name + ": " + next.address;
        context.info("Attempting re-join to previously known node: " + described);
        memberlist.join(next.address, error -> {
            if (error != null) {
                rejoinNext();
                return;
            }
            rejoin.clear();
            context.info("Re-joined to previously known node: " + described);
        });
    }

    void join(long id, SerfCommand.Join command) {
        queued.add(new Pending(id, command));
        nextCommand();
    }

    private void nextCommand() {
        if (current != null) return;
        Pending pending = queued.poll();
        if (pending == null) return;
        Attempt attempt = new Attempt(pending.id, pending.command.ignoreOld());
        current = attempt;
        for (String target : pending.command.targets()) {
            int slash = target.indexOf('/');
            String place = slash < 0 ? target : target.substring(slash + 1);
            Address literal = Address.parse(place, context.settings.bindPort);
            if (literal != null) {
                attempt.waiting.add(literal);
                continue;
            }
            String key = hostAndPort(place);
            if (attempt.resolving.add(key)) resolve(key);
        }
        proceed(attempt);
    }

    /** {@code host:port} with our port where none is named. */
    private String hostAndPort(String place) {
        int colon = place.lastIndexOf(':');
        boolean hasPort = colon >= 0 && colon + 1 < place.length();
        for (int i = colon + 1; hasPort && i < place.length(); i++)
            hasPort = place.charAt(i) >= '0' && place.charAt(i) <= '9' && place.length() - colon <= 6;
        return hasPort ? place : place + ":" + context.settings.bindPort;
    }

    private void resolve(String hostAndPort) {
        int colon = hostAndPort.lastIndexOf(':');
        int port = Integer.parseInt(hostAndPort.substring(colon + 1));
        context.turn.effects().add(new Effect.Resolve(hostAndPort.substring(0, colon), Math.min(port, 0xFFFF)));
    }

    void onResolved(String host, int port, List<Address> addresses) {
        String key = host + ":" + port;
        if (resolvingAlone.remove(key)) for (Address address : addresses) exchangeAlone(address);
        Attempt attempt = current;
        if (attempt == null || !attempt.resolving.remove(key)) return;
        if (addresses.isEmpty())
            attempt.failures.add("Failed to resolve " + key + ": lookup " + host + ": no such host");
        attempt.waiting.addAll(addresses);
        proceed(attempt);
    }

    private void proceed(Attempt attempt) {
        while (attempt.running < MAX_AT_ONCE) {
            Address to = attempt.waiting.poll();
            if (to == null) break;
            attempt.running++;
            memberlist.join(to, error -> {
                attempt.running--;
                if (error == null) {
                    attempt.reached++;
                    lose("", to);
                } else attempt.failures.add("Failed to join " + to.host() + ": " + error);
                proceed(attempt);
            });
        }
        if (attempt.running > 0 || !attempt.resolving.isEmpty() || current != attempt) return;
        current = null;
        if (attempt.reached > 0) {
            announceJoin.run();
            context.answer(attempt.id, new SerfCommand.Joined(attempt.reached, List.copyOf(attempt.failures)));
        } else context.refuse(attempt.id, summary(attempt.failures));
        nextCommand();
    }

    /** As the reference lists several errors. */
    private static String summary(List<String> failures) {
        StringBuilder text = new StringBuilder();
        text.append(failures.size())
                .append(failures.size() == 1 ? " error" : " errors")
                .append(" occurred:\n");
        for (String failure : failures) text.append("\t* ").append(failure).append('\n');
        return text.append('\n').toString();
    }

    /** Remembers an address that may be worth a try when nobody else is left. */
    private void lose(String name, Address address) {
        String key = name.isEmpty() ? address.toString() : name;
        lost.remove(key);
        lost.put(key, address);
        if (lost.size() > MAX_LOST) lost.remove(lost.keySet().iterator().next());
    }

    /** Members were forgotten after having failed for long: perhaps it was we who were cut off. */
    void onForgotten(List<MemberTable.Entry> forgotten) {
        for (MemberTable.Entry entry : forgotten) lose(entry.name, entry.address.address());
    }

    /** Section 6.6: now and then, one failed member is tried; the forgotten ones are not given up either, only rarer. */
    void reconnectTick() {
        List<MemberTable.Entry> failed = new ArrayList<>();
        for (MemberTable.Entry entry : members.all()) if (entry.status == MemberStatus.FAILED) failed.add(entry);
        if (!failed.isEmpty()) {
            int others = members.size() - failed.size() - members.count(MemberStatus.LEFT);
            double probability = failed.size() / (double) Math.max(1, others);
            if (context.turn.random().nextDouble() > probability) return;
            MemberTable.Entry one = failed.get(context.turn.random().nextInt(failed.size()));
            context.info("attempting reconnect to " + one.name + " " + one.address);
            memberlist.join(one.address.address(), error -> {});
        } else if (!lost.isEmpty() && context.turn.random().nextInt(10) == 0) {
            List<Address> addresses = new ArrayList<>(lost.values());
            exchangeAlone(addresses.get(context.turn.random().nextInt(addresses.size())));
        }
    }

    private void exchangeAlone(Address to) {
        if (stopped || to.equals(context.settings.address.address())) return;
        for (MemberTable.Entry entry : members.all())
            if (entry.status == MemberStatus.ALIVE && entry.address.address().equals(to)) return;
        memberlist.join(to, error -> {});
    }

    /** Members came or went: are we alone? */
    void watchIsolation() {
        if (stopped) return;
        boolean others = members.hasOthersAlive();
        SerfContext.Timer timer = new SerfContext.Timer.Isolation();
        if (others) {
            if (isolated) {
                isolated = false;
                for (MemberTable.Entry entry : members.all()) {
                    if (entry.status != MemberStatus.ALIVE || context.isSelf(entry.name)) continue;
                    context.publish(new SerfEvent.Reconnected(entry.name));
                    break;
                }
            }
            isolationTries = 0;
            context.timers.cancel(timer);
            return;
        }
        if (tryable(known()) == 0 || context.timers.isSet(timer)) return;
        context.timers.set(timer, context.now() + SECOND);
    }

    private List<Address> known() {
        Set<Address> known = new LinkedHashSet<>();
        for (MemberTable.Entry entry : members.all())
            if (!context.isSelf(entry.name) && entry.status != MemberStatus.LEFT) known.add(entry.address.address());
        known.addAll(lost.values());
        known.remove(context.settings.address.address());
        return new ArrayList<>(known);
    }

    /** How many addresses and names there are to try; a target that is a known address counts once. */
    private int tryable(List<Address> known) {
        int count = known.size();
        for (String target : context.settings.rejoinTargets) {
            Address literal = Address.parse(target.substring(target.indexOf('/') + 1), context.settings.bindPort);
            if (literal == null || !known.contains(literal)) count++;
        }
        return count;
    }

    /** Alone: tries a few of all we know, at growing distances up to the reconnect interval, for ever. */
    void isolationTick() {
        if (stopped || members.hasOthersAlive()) return;
        List<Address> known = known();
        int others = tryable(known);
        if (others == 0) return;
        if (!isolated) {
            isolated = true;
            context.publish(new SerfEvent.Isolated(others));
        }
        Collections.shuffle(known, context.turn.random());
        for (Address address : known.subList(0, Math.min(3, known.size()))) exchangeAlone(address);
        for (String target : context.settings.rejoinTargets) {
            int slash = target.indexOf('/');
            String place = slash < 0 ? target : target.substring(slash + 1);
            Address literal = Address.parse(place, context.settings.bindPort);
            if (literal != null) exchangeAlone(literal);
            else if (resolvingAlone.size() < 64 && resolvingAlone.add(hostAndPort(place))) resolve(hostAndPort(place));
        }
        long pause = Math.min(context.settings.reconnectNanos, SECOND << Math.min(20, ++isolationTries));
        context.timers.set(
                new SerfContext.Timer.Isolation(),
                context.now() + pause + context.turn.random().nextLong(SECOND));
    }
}
