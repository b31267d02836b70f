package dev.grapevine.state;

import dev.grapevine.state.Value.Blob;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * All replicated state of one node: entries by key and, for every origin, the order of its updates. It knows how to take in pieces
 * of other stores and to forget removals; what to send to whom, and when, is decided by {@link StateReplica}.
 */
public final class StateStore {
    /** A key that shows other values than before. */
    public record Change(StateKey key, Entry before, Entry after) {}

    private final TreeMap<StateKey, Entry> entries = new TreeMap<>();
    private final Map<Origin, OriginLog> logs = new LinkedHashMap<>();
    private final Map<Long, OriginLog> byHash = new HashMap<>(); // looked up, never iterated
    private final TreeSet<StateKey> tombstones = new TreeSet<>();
    private final TreeMap<Blob, Content> contents = new TreeMap<>();
    private final List<Change> changes = new ArrayList<>();
    private Watcher watcher = (key, before, after) -> {};
    private long vectorHash;
    private long contentHash;
    private long valueBytes;
    private int live;

    /** Told of each change of an entry, whether or not it shows. */
    @FunctionalInterface
    interface Watcher {
        /** {@link Entry#ABSENT} stands for none. */
        void replaced(StateKey key, Entry before, Entry after);
    }

    private static final class Content {
        final Value value;
        int uses;

        Content(Value value) {
            this.value = value;
        }
    }

    // ---- reading ----

    /** The entry of a key, a tombstone included; null if there is none. */
    public @Nullable Entry get(StateKey key) {
        return entries.get(key);
    }

    Entry getOrAbsent(StateKey key) {
        return entries.getOrDefault(key, Entry.ABSENT);
    }

    /** All entries, tombstones included, by key; a view. */
    public NavigableMap<StateKey, Entry> entries() {
        return Collections.unmodifiableNavigableMap(entries);
    }

    /** How many keys have a value. */
    public int size() {
        return live;
    }

    /** How many removals are remembered. */
    public int tombstones() {
        return tombstones.size();
    }

    /** Bytes of all values. */
    public long valueBytes() {
        return valueBytes;
    }

    /** Equal on stores that show the same values. */
    public long contentHash() {
        return contentHash;
    }

    /** Equal on stores that have the same updates. */
    public long vectorHash() {
        return vectorHash;
    }

    /** Every update of {@code origin} up to this version is here, or one that replaced it. */
    public long seen(Origin origin) {
        OriginLog log = logs.get(origin);
        return log == null ? 0 : log.seen();
    }

    /** The origins of which something is here, in the order in which they became known. */
    public Collection<Origin> origins() {
        return Collections.unmodifiableCollection(logs.keySet());
    }

    boolean covers(Origin origin, long version) {
        return seen(origin) >= version;
    }

    Collection<OriginLog> logs() {
        return logs.values();
    }

    @Nullable
    OriginLog log(Origin origin) {
        return logs.get(origin);
    }

    @Nullable
    OriginLog log(long originHash) {
        return byHash.get(originHash);
    }

    List<Change> changes() {
        return changes;
    }

    /** From now on {@code watcher} is told. */
    void watch(Watcher watcher) {
        this.watcher = watcher;
    }

    // ---- writing ----

    /** A write by {@code origin}, which is this node's own; returns its version. */
    long put(Origin origin, StateKey key, @Nullable Context seen, Value value, long stamp) {
        Entry before = entries.getOrDefault(key, Entry.ABSENT);
        OriginLog log = logOf(origin);
        long version = log.clock + 1;
        Sibling sibling = new Sibling(origin, version, stamp, value);
        replace(key, before, before.written(seen == null ? before.context() : seen, sibling));
        moveClock(log, version, 0);
        return version;
    }

    /** A removal by {@code origin}, which is this node's own; returns its version, 0 if there was nothing to remove. */
    long remove(Origin origin, StateKey key, @Nullable Context seen) {
        Entry before = entries.get(key);
        if (before == null || before.isTombstone()) return 0;
        OriginLog log = logOf(origin);
        long version = log.clock + 1;
        replace(key, before, before.removed(seen == null ? before.context() : seen, origin, version));
        moveClock(log, version, 0);
        return version;
    }

    /**
     * Takes in a piece of another store.
     *
     * @param missing told the large values whose bytes are not here
     * @return whether it continued what is here; if not, nothing has changed
     */
    boolean apply(Segment segment, Collection<Value> missing) {
        OriginLog log = logOf(segment.origin());
        if (segment.from() > log.clock) return false;
        for (Segment.Item item : segment.items()) {
            if (item.version() <= log.clock) continue;
            Entry entry = resolve(item.entry(), missing);
            if (entry == null) park(log, item);
            else {
                merge(item.key(), entry);
                long newest =
                        entries.getOrDefault(item.key(), Entry.ABSENT).context().get(log.origin);
                if (newest > item.version()) log.note(item.key(), item.version());
            }
        }
        moveClock(log, segment.to(), segment.need());
        return true;
    }

    private void park(OriginLog log, Segment.Item item) {
        if (entries.getOrDefault(item.key(), Entry.ABSENT).context().covers(log.origin, item.version())) {
            log.note(item.key(), item.version());
            return;
        }
        log.park(item.version(), item.key(), item.entry(), log.seen());
    }

    /** A peer's present state of a key; large values whose bytes are not here are told to {@code missing}. */
    void take(StateKey key, Entry theirs, Collection<Value> missing) {
        Entry.Seen takenIn = takenIn(key);
        Entry mine = getOrAbsent(key);
        // What was seen and is not here any more was replaced: its bytes are not needed.
        List<Sibling> kept = new ArrayList<>(theirs.siblings().size());
        for (Sibling each : theirs.siblings())
            if (each.value().isPresent() || mine.find(each) != null || !takenIn.covers(each.origin(), each.version()))
                kept.add(each);
        Entry news = kept.size() == theirs.siblings().size() ? theirs : new Entry(theirs.context(), List.copyOf(kept));
        Entry whole = resolve(news, missing);
        if (whole != null) {
            merge(key, whole);
            return;
        }
        Context past = theirs.context();
        for (int i = 0; i < past.size(); i++) {
            if (mine.context().covers(past.origin(i), past.version(i))) continue;
            OriginLog log = logOf(past.origin(i));
            log.park(past.version(i), key, theirs, log.seen());
            recount(log);
        }
    }

    void merge(StateKey key, Entry incoming) {
        Entry before = entries.getOrDefault(key, Entry.ABSENT);
        Entry after = before.merge(incoming, takenIn(key));
        List<Entry> lost = new ArrayList<>(0);
        for (Entry news : overtaken(key, after.context())) {
            Entry past = past(news, after);
            if (past == null) lost.add(news);
            else after = after.merge(past, Entry.Seen.NOTHING);
        }
        if (!after.equals(before)) replace(key, before, after);
        for (Entry news : lost) take(key, news, new ArrayList<>(0)); // under the dots that are still to come
    }

    /** News of a key that waits for bytes and will not be waited for any more, because something newer of its origin is here. */
    private List<Entry> overtaken(StateKey key, Context now) {
        List<Entry> overtaken = new ArrayList<>(0);
        for (OriginLog log : logs.values()) {
            if (log.parked.isEmpty()) continue;
            for (OriginLog.Parked each :
                    log.parked.headMap(now.get(log.origin), true).values())
                if (each.key().equals(key)) overtaken.add(each.entry());
        }
        return overtaken;
    }

    /**
     * What overtaken news says of what it had replaced: its giver may have forgotten that since. Null if one of its values is still to
     * come.
     */
    private static @Nullable Entry past(Entry news, Entry now) {
        List<Sibling> still = new ArrayList<>(news.siblings().size());
        for (Sibling each : news.siblings()) {
            Sibling here = now.find(each);
            if (here != null) still.add(here);
            else if (!now.context().covers(each.origin(), each.version())) return null;
        }
        return new Entry(news.context(), List.copyOf(still));
    }

    // What waits for bytes holds back what counts as seen, but only its own keys are not as they should be.
    private Entry.Seen takenIn(StateKey key) {
        for (OriginLog log : logs.values())
            for (OriginLog.Parked each : log.parked.values()) if (each.key().equals(key)) return this::covers;
        return (origin, version) -> {
            OriginLog log = logs.get(origin);
            return log != null && log.complete >= version;
        };
    }

    /** The bytes of a large value are here: what waited for them takes effect. */
    void arrived(Value value) {
        Content content = new Content(value);
        contents.put(value.blob(), content);
        for (OriginLog log : List.copyOf(logs.values())) {
            if (log.parked.isEmpty()) continue;
            // A copy, not a list of the tree's own entries: those change their keys when one of them is removed.
            for (Map.Entry<Long, OriginLog.Parked> each : new TreeMap<>(log.parked).entrySet()) {
                if (log.parked.get(each.getKey()) == null) continue; // merged together with an earlier one
                Entry entry = resolve(each.getValue().entry(), new ArrayList<>());
                if (entry == null) continue;
                StateKey key = each.getValue().key();
                merge(key, entry); // while it still counts as not seen
                if (log.parked.get(each.getKey()) != null) unpark(log, each.getKey(), key); // it was covered already
            }
        }
        if (content.uses == 0 && waitingFor(value.blob(), 1).isEmpty()) contents.remove(value.blob()); // overtaken
    }

    /** Drops large values that came for an entry which waits for others too, and was overtaken since. */
    void dropUnused() {
        contents.values()
                .removeIf(each ->
                        each.uses == 0 && waitingFor(each.value.blob(), 1).isEmpty());
    }

    /**
     * A removal by {@code origin}, which is this node's own, of news that waits for bytes which are nowhere any more: what it had
     * replaced stays replaced.
     *
     * @return its version
     */
    long giveUp(Origin origin, StateKey key) {
        Context lost = Context.EMPTY;
        for (OriginLog log : logs.values())
            for (OriginLog.Parked each : log.parked.values())
                if (each.key().equals(key)) lost = lost.join(each.entry().context());
        OriginLog own = logOf(origin);
        long version = own.clock + 1;
        merge(key, new Entry(lost.with(origin, version), List.of()));
        for (OriginLog log : List.copyOf(logs.values()))
            for (Map.Entry<Long, OriginLog.Parked> each : new TreeMap<>(log.parked).entrySet())
                if (each.getValue().key().equals(key) && lost.covers(log.origin, each.getKey()))
                    unpark(log, each.getKey(), key);
        moveClock(own, version, 0);
        return version;
    }

    /** Who wrote the large value that news waits for. */
    Set<Origin> writersOf(Blob blob) {
        Set<Origin> writers = new LinkedHashSet<>();
        for (OriginLog log : logs.values())
            for (OriginLog.Parked each : log.parked.values())
                for (Sibling sibling : each.entry().siblings())
                    if (!sibling.value().isPresent() && sibling.value().blob().equals(blob))
                        writers.add(sibling.origin());
        return writers;
    }

    private void unpark(OriginLog log, long version, StateKey key) {
        log.unpark(version);
        if (entries.getOrDefault(key, Entry.ABSENT).context().covers(log.origin, version)) log.note(key, version);
        settle(log);
    }

    /** The large value of that name if all its bytes are here. */
    @Nullable
    Value content(Blob blob) {
        Content content = contents.get(blob);
        return content == null ? null : content.value;
    }

    /** Some keys whose news waits for the bytes of a large value. */
    List<StateKey> waitingFor(Blob blob, int most) {
        TreeSet<StateKey> keys = new TreeSet<>();
        for (OriginLog log : logs.values())
            for (OriginLog.Parked each : log.parked.values())
                for (Sibling sibling : each.entry().siblings())
                    if (keys.size() < most
                            && !sibling.value().isPresent()
                            && sibling.value().blob().equals(blob)) keys.add(each.key());
        return List.copyOf(keys);
    }

    /** The keys whose news waits for the bytes of large values. */
    TreeSet<StateKey> waiting() {
        TreeSet<StateKey> keys = new TreeSet<>();
        for (OriginLog log : logs.values()) for (OriginLog.Parked each : log.parked.values()) keys.add(each.key());
        return keys;
    }

    /** A peer's present state of a key whose news waits here; it may wait for other values now, or no more. */
    void refresh(StateKey key, Entry theirs, Collection<Value> missing) {
        Entry whole = resolve(theirs, missing);
        if (whole != null) merge(key, whole);
        else
            for (OriginLog log : logs.values())
                log.parked.replaceAll((version, old) ->
                        old.key().equals(key) && theirs.context().covers(log.origin, version)
                                ? new OriginLog.Parked(key, theirs, old.seen())
                                : old);
    }

    private @Nullable Entry resolve(Entry entry, Collection<Value> missing) {
        List<Sibling> resolved = new ArrayList<>(entry.siblings().size());
        boolean whole = true;
        for (Sibling each : entry.siblings()) {
            if (each.value().isPresent()) {
                resolved.add(each);
                continue;
            }
            Value known = content(each.value().blob());
            if (known == null) {
                missing.add(each.value());
                whole = false;
            } else resolved.add(new Sibling(each.origin(), each.version(), each.stamp(), known));
        }
        if (!whole) return null;
        return resolved.equals(entry.siblings()) && isPresent(entry)
                ? entry
                : new Entry(entry.context(), List.copyOf(resolved));
    }

    private static boolean isPresent(Entry entry) {
        for (Sibling each : entry.siblings()) if (!each.value().isPresent()) return false;
        return true;
    }

    private OriginLog logOf(Origin origin) {
        OriginLog log = logs.get(origin);
        if (log == null) {
            log = new OriginLog(origin);
            logs.put(origin, log);
            byHash.put(origin.hash(), log);
        }
        return log;
    }

    private void moveClock(OriginLog log, long to, long need) {
        log.advance(to, need);
        settle(log);
    }

    private void recount(OriginLog log) {
        vectorHash ^= log.counted;
        log.counted = log.term();
        vectorHash ^= log.counted;
    }

    private void settle(OriginLog log) {
        if (log.isUnsettled())
            for (StateKey key : log.unsettled())
                log.settle(
                        key, entries.getOrDefault(key, Entry.ABSENT).context().get(log.origin));
        recount(log);
    }

    private void replace(StateKey key, Entry before, Entry after) {
        Context now = after.context();
        for (int i = 0; i < now.size(); i++) {
            long old = before.context().get(now.origin(i));
            if (old == now.version(i)) continue;
            OriginLog log = logOf(now.origin(i));
            log.move(key, old, now.version(i));
            recount(log);
        }
        entries.put(key, after);
        count(key, before, after);
        watcher.replaced(key, before, after);
    }

    private void count(StateKey key, Entry before, Entry after) {
        if (before.siblings().isEmpty() != after.siblings().isEmpty()) live += after.isTombstone() ? -1 : 1;
        if (after.isTombstone() && !after.equals(Entry.ABSENT)) tombstones.add(key);
        else tombstones.remove(key);
        if (before.siblings().equals(after.siblings())) return;
        contentHash ^= before.contentHash(key) ^ after.contentHash(key);
        for (Sibling each : after.siblings()) use(each.value(), 1);
        for (Sibling each : before.siblings()) use(each.value(), -1);
        changes.add(new Change(key, before, after));
    }

    private void use(Value value, int by) {
        valueBytes += (long) by * value.size();
        if (!value.isLarge()) return;
        Content content = contents.computeIfAbsent(value.blob(), blob -> new Content(value));
        content.uses += by;
        if (content.uses == 0) contents.remove(value.blob());
    }

    private void drop(StateKey key, Entry before, boolean remember) {
        Context past = before.context();
        for (int i = 0; i < past.size(); i++) {
            OriginLog log = logs.get(past.origin(i));
            if (log == null) continue;
            log.remove(key, past.version(i));
            recount(log);
            if (remember) log.collected = Math.max(log.collected, past.version(i));
        }
        entries.remove(key);
        count(key, before, Entry.ABSENT);
        watcher.replaced(key, before, Entry.ABSENT);
    }

    // ---- forgetting ----

    /** Everything of an origin of facts goes: its node is no member any more. Returns how many keys had a value. */
    int forget(Origin facts) {
        OriginLog log = logs.remove(facts);
        if (log == null) return 0;
        byHash.remove(facts.hash());
        vectorHash ^= log.counted;
        int before = live;
        for (StateKey key : List.copyOf(entries.tailMap(new StateKey(facts.node(), "", ""), true).keySet().stream()
                .takeWhile(key -> key.owner().equals(facts.node()))
                .toList())) drop(key, entries.getOrDefault(key, Entry.ABSENT), false);
        return before - live;
    }

    /** The newest versions that must have been seen everywhere before the removals remembered now may be forgotten. */
    Context garbage(int atMost) {
        Context cut = Context.EMPTY;
        for (StateKey key : tombstones) {
            Context past = entries.getOrDefault(key, Entry.ABSENT).context();
            if (cut.size() + past.size() > atMost && cut.size() > 0) break;
            cut = cut.join(past);
        }
        return cut;
    }

    /** Every member of a view that this node is in has seen {@code cut}: forgets the removals within; returns how many. */
    int collect(Context cut) {
        int collected = 0;
        for (StateKey key : List.copyOf(tombstones)) {
            Entry entry = entries.getOrDefault(key, Entry.ABSENT);
            if (!isWithin(entry.context(), cut) || !isSeen(entry.context())) continue;
            drop(key, entry, true);
            collected++;
        }
        return collected;
    }

    private static boolean isWithin(Context past, Context cut) {
        for (int i = 0; i < past.size(); i++) if (!cut.covers(past.origin(i), past.version(i))) return false;
        return true;
    }

    private boolean isSeen(Context past) {
        for (int i = 0; i < past.size(); i++) if (!covers(past.origin(i), past.version(i))) return false;
        return true;
    }

    // ---- reset ----

    /**
     * One entry of a store whose removals were forgotten before this node saw them. What {@code cut} covers and that store does not
     * have was removed there; what {@code cut} does not cover is news to it and stays.
     */
    void reset(StateKey key, Entry theirs, Context cut, Collection<Value> missing) {
        Context past = theirs.context();
        long[] seen = new long[past.size()]; // before what waits here is dropped
        for (int i = 0; i < seen.length; i++) seen[i] = seen(past.origin(i));
        for (OriginLog log : logs.values())
            log.parked.entrySet().stream()
                    .filter(each -> each.getValue().key().equals(key) && cut.covers(log.origin, each.getKey()))
                    .map(Map.Entry::getKey)
                    .toList()
                    .forEach(version -> unpark(log, version, key));
        Entry mine = entries.get(key);
        Entry filtered = mine == null ? Entry.ABSENT : without(mine, theirs, cut);
        Entry whole = resolve(theirs, missing);
        if (whole == null) {
            if (mine != null && !filtered.equals(mine)) replace(key, mine, filtered);
            for (int i = 0; i < past.size(); i++)
                if (!filtered.context().covers(past.origin(i), past.version(i))) {
                    logOf(past.origin(i)).park(past.version(i), key, theirs, seen[i]);
                    recount(logOf(past.origin(i)));
                }
            return;
        }
        Entry after = filtered.merge(whole, takenIn(key));
        if (mine == null) {
            if (!after.equals(Entry.ABSENT)) replace(key, Entry.ABSENT, after);
        } else if (whole.equals(Entry.ABSENT) && after.isTombstone() && isWithin(after.context(), cut))
            drop(key, mine, true);
        else if (!after.equals(mine)) replace(key, mine, after);
    }

    // Without the siblings that the other store had seen and does not have.
    private static Entry without(Entry mine, Entry theirs, Context cut) {
        List<Sibling> kept = new ArrayList<>(mine.siblings().size());
        for (Sibling each : mine.siblings())
            if (theirs.siblings().contains(each)
                    || !cut.covers(each.origin(), each.version())
                            && !theirs.context().covers(each.origin(), each.version())) kept.add(each);
        return kept.size() == mine.siblings().size() ? mine : new Entry(mine.context(), List.copyOf(kept));
    }

    /** All entries were given to {@link #reset}: the sender's past is this node's too. */
    void resetDone(Context seen, Context collected) {
        for (int i = 0; i < seen.size(); i++) {
            OriginLog log = logOf(seen.origin(i));
            log.complete = Math.max(log.complete, seen.version(i));
            log.advance(seen.version(i), 0);
            settle(log);
            log.collected = Math.max(log.collected, collected.get(seen.origin(i)));
        }
    }

    /** What every log has seen, for a reset; of each at least version 1. */
    Context seen() {
        return vector(OriginLog::seen);
    }

    /** Up to which versions removals were forgotten here. */
    Context collected() {
        return vector(log -> log.collected);
    }

    private Context vector(ToLongFunction<OriginLog> version) {
        OriginLog[] some = logs.values().stream()
                .filter(log -> version.applyAsLong(log) > 0)
                .sorted(Comparator.comparing(log -> log.origin))
                .toArray(OriginLog[]::new);
        Origin[] origins = new Origin[some.length];
        long[] versions = new long[some.length];
        for (int i = 0; i < some.length; i++) {
            origins[i] = some[i].origin;
            versions[i] = version.applyAsLong(some[i]);
        }
        return Context.ofSorted(origins, versions);
    }

    // ---- keeping ----

    /** Everything that is surely here; large values with their bytes. */
    public Snapshot snapshot() {
        List<Kept> items = new ArrayList<>(entries.size());
        entries.forEach((key, entry) -> items.add(new Kept(key, entry)));
        return new Snapshot(items, seen(), collected());
    }

    /**
     * What a store surely had, to begin anew with after a restart.
     *
     * @param items everything, in any order
     * @param seen what it had seen
     * @param collected up to where it had forgotten removals
     */
    public record Snapshot(List<Kept> items, Context seen, Context collected) {
        public Snapshot {
            items = List.copyOf(items);
        }
    }

    /** Takes in what was known in an earlier life. */
    public void restore(Snapshot known) {
        take(known);
        changes.clear();
    }

    void take(Snapshot known) {
        for (Kept item : known.items()) merge(item.key(), item.entry());
        resetDone(known.seen(), known.collected());
        // A peer that lacks what was forgotten must hear so, whether or not this node knows what it had seen then.
        for (int i = 0; i < known.collected().size(); i++) {
            OriginLog log = logOf(known.collected().origin(i));
            log.collected = Math.max(log.collected, known.collected().version(i));
        }
    }

    String describe() {
        StringBuilder text = new StringBuilder();
        for (OriginLog log : logs.values()) text.append('\n').append(log);
        return text.toString();
    }

    StateStore copy() {
        StateStore copy = new StateStore();
        copy.entries.putAll(entries);
        for (OriginLog log : logs.values()) {
            OriginLog same = log.copy();
            copy.logs.put(log.origin, same);
            copy.byHash.put(log.origin.hash(), same);
        }
        copy.tombstones.addAll(tombstones);
        contents.forEach((blob, content) -> {
            Content same = new Content(content.value);
            same.uses = content.uses;
            copy.contents.put(blob, same);
        });
        copy.vectorHash = vectorHash;
        copy.contentHash = contentHash;
        copy.valueBytes = valueBytes;
        copy.live = live;
        return copy;
    }
}
