package dev.grapevine.serf;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Gathers member events and user events before they are published. Source: hashicorp/serf, serf/coalesce.go,
 * coalesce_member.go, coalesce_user.go.
 */
final class Coalescer {
    private record Held(SerfEvent.Change change, SerfEvent.Changed changed) {}

    private final SerfContext context;
    private final Map<String, Held> members = new LinkedHashMap<>();
    private final Map<String, SerfEvent.Change> delivered = new LinkedHashMap<>();
    private final Map<String, List<SerfEvent.UserEventReceived>> users = new LinkedHashMap<>();
    private long memberQuantumNanos;
    private long userQuantumNanos;

    Coalescer(SerfContext context) {
        this.context = context;
    }

    void member(SerfEvent.Change change, SerfEvent.Changed changed) {
        SerfSettings settings = context.settings;
        if (settings.coalesceNanos == 0) {
            context.publish(new SerfEvent.MembersChanged(change, List.of(changed)));
            return;
        }
        if (members.isEmpty()) memberQuantumNanos = context.now() + settings.coalesceNanos;
        members.remove(changed.member().name());
        members.put(changed.member().name(), new Held(change, changed));
        long quiet = context.now() + settings.quiescentNanos;
        context.timers.set(new SerfContext.Timer.Flush(false), Math.min(memberQuantumNanos, quiet));
    }

    void user(SerfEvent.UserEventReceived event) {
        SerfSettings settings = context.settings;
        if (settings.userCoalesceNanos == 0 || !event.coalesce()) {
            context.publish(event);
            return;
        }
        if (users.isEmpty()) userQuantumNanos = context.now() + settings.userCoalesceNanos;
        List<SerfEvent.UserEventReceived> held = users.computeIfAbsent(event.name(), name -> new ArrayList<>());
        if (!held.isEmpty() && held.get(0).lTime() < event.lTime()) held.clear();
        if (held.isEmpty() || held.get(0).lTime() == event.lTime()) held.add(event);
        long quiet = context.now() + settings.userQuiescentNanos;
        context.timers.set(new SerfContext.Timer.Flush(true), Math.min(userQuantumNanos, quiet));
    }

    void flush(boolean userEvents) {
        if (userEvents) {
            for (List<SerfEvent.UserEventReceived> held : users.values()) held.forEach(context::publish);
            users.clear();
            return;
        }
        EnumMap<SerfEvent.Change, List<SerfEvent.Changed>> byChange = new EnumMap<>(SerfEvent.Change.class);
        for (Held held : members.values()) {
            String name = held.changed.member().name();
            boolean repeated = held.change == delivered.get(name) && held.change != SerfEvent.Change.UPDATE;
            if (repeated) continue;
            if (held.change == SerfEvent.Change.REAP) delivered.remove(name);
            else delivered.put(name, held.change);
            byChange.computeIfAbsent(held.change, change -> new ArrayList<>()).add(held.changed);
        }
        members.clear();
        byChange.forEach((change, list) -> context.publish(new SerfEvent.MembersChanged(change, List.copyOf(list))));
    }

    /** Publishes whatever is held; nothing follows. */
    void flushAll() {
        flush(false);
        flush(true);
    }
}
