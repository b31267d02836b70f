package dev.grapevine.serf;

import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.Dialect;
import dev.grapevine.serf.msgpack.MalformedMessageException;
import dev.grapevine.serf.msgpack.MsgPackReader;
import dev.grapevine.serf.msgpack.MsgPackWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Serf's part of a push/pull: type byte 2, then map{EventLTime, Events, LTime, LeftMembers, QueryLTime, StatusLTimes}. Source:
 * hashicorp/serf, serf/messages.go, messagePushPull.
 *
 * @param statusLTimes Lamport time of the last intent about each known member, {@code 0} for none
 * @param events the event buffer; the reference sends all 512 slots, unused ones as null
 */
public record PushPullState(
        long lTime,
        long eventLTime,
        long queryLTime,
        Map<String, Long> statusLTimes,
        List<String> leftMembers,
        List<@Nullable Slot> events) {
    private static final int MAX_ENTRIES = 1024;

    /** The events of one Lamport time. */
    public record Slot(long lTime, List<Recorded> events) {}

    /** One event. */
    public record Recorded(String name, @Nullable Bytes payload) {}

    /** The type byte and the map, in the dialect every release reads. */
    public Bytes encoded() {
        return encoded(Dialect.GOSSIP);
    }

    Bytes encoded(Dialect dialect) {
        MsgPackWriter to = new MsgPackWriter(dialect);
        to.octet(SerfMessage.PUSH_PULL).map(6).text("EventLTime").unsigned(eventLTime);
        to.text("Events").list(events.size());
        for (Slot slot : events) writeSlot(slot, to);
        to.text("LTime").unsigned(lTime);
        to.text("LeftMembers").list(leftMembers.size());
        for (String name : leftMembers) to.text(name);
        to.text("QueryLTime").unsigned(queryLTime);
        to.text("StatusLTimes").map(statusLTimes.size());
        statusLTimes.forEach((name, time) -> to.text(name).unsigned(time));
        return to.toBytes();
    }

    private static void writeSlot(@Nullable Slot slot, MsgPackWriter to) {
        if (slot == null) {
            to.nil();
            return;
        }
        to.map(2).text("Events").list(slot.events.size());
        for (Recorded event : slot.events)
            to.map(2).text("Name").text(event.name).text("Payload").bytes(event.payload);
        to.text("LTime").unsigned(slot.lTime);
    }

    /**
     * Reads a state with its type byte.
     *
     * @throws MalformedMessageException if it is none
     */
    public static PushPullState decode(Bytes bytes) {
        MsgPackReader in = new MsgPackReader(bytes);
        int type = in.octet();
        if (type != SerfMessage.PUSH_PULL) throw new MalformedMessageException("state of type " + type, 0);
        long lTime = 0;
        long eventLTime = 0;
        long queryLTime = 0;
        Map<String, Long> statusLTimes = new LinkedHashMap<>();
        List<String> leftMembers = List.of();
        List<@Nullable Slot> events = new ArrayList<>();
        for (int pairs = in.map(); pairs > 0; pairs--) {
            switch (in.text()) {
                case "LTime" -> lTime = in.unsigned(64);
                case "EventLTime" -> eventLTime = in.unsigned(64);
                case "QueryLTime" -> queryLTime = in.unsigned(64);
                case "StatusLTimes" -> {
                    for (int inner = in.map(); inner > 0; inner--) statusLTimes.put(in.text(), in.unsigned(64));
                }
                case "LeftMembers" -> {
                    List<String> read = SerfMessageReader.texts(in);
                    if (read != null) leftMembers = read;
                }
                case "Events" -> {
                    for (int left = bounded(in.list()); left > 0; left--) events.add(in.nil() ? null : slot(in));
                }
                default -> in.skip();
            }
        }
        return new PushPullState(lTime, eventLTime, queryLTime, statusLTimes, leftMembers, events);
    }

    /** Twice what the reference holds: an entry of one byte must not cost us an object without end. */
    private static int bounded(int count) {
        if (count > MAX_ENTRIES) throw new MalformedMessageException("a list of " + count + " events", 0);
        return count;
    }

    private static Slot slot(MsgPackReader in) {
        long lTime = 0;
        List<Recorded> events = new ArrayList<>();
        for (int pairs = in.map(); pairs > 0; pairs--) {
            switch (in.text()) {
                case "LTime" -> lTime = in.unsigned(64);
                case "Events" -> {
                    for (int left = bounded(in.list()); left > 0; left--) events.add(recorded(in));
                }
                default -> in.skip();
            }
        }
        return new Slot(lTime, events);
    }

    private static Recorded recorded(MsgPackReader in) {
        String name = "";
        Bytes payload = null;
        for (int pairs = in.map(); pairs > 0; pairs--) {
            switch (in.text()) {
                case "Name" -> name = in.text();
                case "Payload" -> payload = in.bytes();
                default -> in.skip();
            }
        }
        return new Recorded(name, payload);
    }
}
