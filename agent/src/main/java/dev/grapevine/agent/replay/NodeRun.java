package dev.grapevine.agent.replay;

import dev.grapevine.core.Effect;
import dev.grapevine.core.Event;
import dev.grapevine.core.Input;
import dev.grapevine.membership.Evidence;
import dev.grapevine.membership.Member;
import dev.grapevine.node.NodeMachine;
import dev.grapevine.node.NodeSettings;
import dev.grapevine.recording.Entry;
import dev.grapevine.recording.KeyFinder;
import dev.grapevine.sim.replay.Difference;
import dev.grapevine.sim.replay.NodeReplay;
import dev.grapevine.sim.replay.Recording;
import dev.grapevine.sim.replay.Replay;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The replay of one node, counted and told while it runs. */
final class NodeRun {
    private final Recording recording;
    private final NodeMachine machine;
    private final NodeSettings settings;
    private final Replay replay;
    private final Map<String, Long> kinds = new TreeMap<>();
    private final Map<String, Long> effects = new TreeMap<>();
    private final Map<String, Long> events = new TreeMap<>();
    private final @Nullable String breakAt;
    private final @Nullable Consumer<String> lines;
    private ReplayResult.@Nullable Broke broke;

    /**
     * @param breakAt the event to stop at, as {@link EventNames#matches} takes it; null for none
     * @param lines takes a line for each input and effect; null if nobody wants them
     */
    NodeRun(Path path, KeyFinder keys, @Nullable String breakAt, @Nullable Consumer<String> lines) throws IOException {
        recording = Recording.open(path, keys);
        settings = NodeReplay.settings(recording.header(), keys);
        machine = NodeReplay.machine(recording.header(), keys);
        replay = new Replay(recording, machine);
        this.breakAt = breakAt;
        this.lines = lines;
    }

    /** Runs until the recording, this time of the node, or the event wanted. */
    ReplayResult run(long untilNanos) throws IOException {
        long began = System.nanoTime();
        if (replay.state() == Replay.State.INCOMPLETE && replay.inputs() == 0) list(untilNanos);
        while (broke == null && replay.nextNanos() <= untilNanos) step();
        return result((System.nanoTime() - began) / 1e6);
    }

    /** What cannot be replayed can still be read. */
    private void list(long untilNanos) throws IOException {
        for (Entry.Handled next; (next = recording.next()) != null && next.nowNanos() <= untilNanos; ) {
            kinds.merge(next.input().getClass().getSimpleName(), 1L, Long::sum);
            if (lines == null) continue;
            String what = Replay.describe(next.input()) + "; effects: "
                    + next.outcome().effects().length;
            lines.accept(
                    String.format(Locale.ROOT, "%12.6f #%-6d <- %s", next.nowNanos() / 1e9, recording.number(), what));
        }
    }

    private void step() throws IOException {
        Input input = replay.step();
        if (input == null) return;
        kinds.merge(input.getClass().getSimpleName(), 1L, Long::sum);
        line("<- " + Replay.describe(input));
        for (Effect effect : replay.effects()) {
            effects.merge(effect.getClass().getSimpleName(), 1L, Long::sum);
            if (effect instanceof Effect.Publish(Event event)) {
                events.merge(EventNames.name(event), 1L, Long::sum);
                line(" * " + EventNames.sentence(event));
                if (breakAt != null && broke == null && EventNames.matches(breakAt, event)) broke = broke(event);
            } else line("-> " + Replay.describe(effect));
        }
    }

    private ReplayResult.Broke broke(Event event) {
        List<String> why = new ArrayList<>();
        String subject = EventNames.subject(event);
        if (subject != null) for (Evidence each : machine.membership().why(subject)) why.add(sentence(each));
        return new ReplayResult.Broke(
                replay.inputs() - 1,
                seconds(replay.nowNanos()),
                EventNames.name(event),
                EventNames.sentence(event),
                why);
    }

    private void line(String text) {
        if (lines == null) return;
        lines.accept(String.format(Locale.ROOT, "%12.6f #%-6d %s", replay.nowNanos() / 1e9, replay.inputs() - 1, text));
    }

    private ReplayResult result(double wallMillis) {
        return new ReplayResult(
                recording.folder().toString(),
                settings.name(),
                settings.cluster(),
                settings.generation(),
                Instant.ofEpochMilli(recording.header().startEpochMillis()).toString(),
                Long.toString(recording.header().seed()),
                switch (replay.state()) {
                    case RUNNING -> "stopped";
                    case SAME -> broke == null ? "same" : "stopped";
                    case DIFFERENT -> "different";
                    case INCOMPLETE -> "incomplete";
                },
                replay.inputs(),
                seconds(replay.nowNanos()),
                Math.round(wallMillis * 10) / 10.0,
                different(replay.difference()),
                replay.obstacle(),
                broke,
                kinds,
                effects,
                events,
                recording.tornBytes(),
                recording.ended(),
                members());
    }

    private static ReplayResult.@Nullable Different different(@Nullable Difference found) {
        if (found == null) return null;
        return new ReplayResult.Different(
                found.input(), seconds(found.atNanos()), found.place(), found.given(), found.what());
    }

    private List<ReplayResult.MemberLine> members() {
        List<ReplayResult.MemberLine> lines = new ArrayList<>();
        for (Member member : machine.membership().members()) {
            List<Evidence> why = machine.membership().why(member.name());
            lines.add(new ReplayResult.MemberLine(
                    member.name(),
                    member.status().name().toLowerCase(Locale.ROOT),
                    member.generation(),
                    member.incarnation(),
                    member.address().toString(),
                    why.isEmpty() ? "" : why.getLast().note()));
        }
        lines.sort(Comparator.comparing(ReplayResult.MemberLine::name));
        return lines;
    }

    static String sentence(Evidence evidence) {
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "at %.3f s ", evidence.atNanos() / 1e9))
                .append(evidence.status().name().toLowerCase(Locale.ROOT))
                .append(": ")
                .append(evidence.note());
        if (!evidence.accuser().isEmpty()) text.append("; accused by ").append(evidence.accuser());
        evidence.observations().forEach(each -> text.append("; ").append(each));
        if (!evidence.confirmers().isEmpty())
            text.append("; confirmed by ").append(String.join(", ", evidence.confirmers()));
        return text.toString();
    }

    static double seconds(long nanos) {
        return Math.round(nanos / 1e3) / 1e6;
    }
}
