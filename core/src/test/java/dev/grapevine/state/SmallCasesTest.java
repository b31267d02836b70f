package dev.grapevine.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.state.DeltaPacker.Wanted;
import dev.grapevine.state.StateMessage.Delta;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * A model checker of small cases: every order in which three stores can write and remove two keys, give each other everything or one
 * update, miss what was forgotten and be reset, and forget removals that all have seen. {@code -Dgrapevine.depth=7} looks further.
 */
class SmallCasesTest {
    private static final int NODES = 3;
    private static final int KEYS = 2;
    private static final int MOST_WRITES = 3;
    private static final int DEPTH = Integer.getInteger("grapevine.depth", 6);

    private static final class Case {
        final StateStore[] stores = new StateStore[NODES];
        final Map<Sibling, Set<Long>> replaced = new HashMap<>(); // by which versions, origin × 1000 + version
        int writes;
        String way = "";

        Case() {
            for (int i = 0; i < NODES; i++) stores[i] = new StateStore();
        }

        Case copy(String step) {
            Case copy = new Case();
            for (int i = 0; i < NODES; i++) copy.stores[i] = stores[i].copy();
            replaced.forEach((dot, by) -> copy.replaced.put(dot, new HashSet<>(by)));
            copy.writes = writes;
            copy.way = way + step;
            return copy;
        }

        String state() {
            StringBuilder text = new StringBuilder();
            for (StateStore store : stores) {
                text.append('|').append(store.entries());
                TreeSet<String> logs = new TreeSet<>();
                for (OriginLog log : store.logs()) logs.add(log.toString());
                text.append(logs);
            }
            return text.append(writes).toString();
        }
    }

    private static Origin origin(int node) {
        return new Origin("n" + node, 1, true);
    }

    private static StateKey key(int key) {
        return StateKey.shared("mx", "k" + key);
    }

    @Test
    void everyOrderOfAFewStepsConvergesAndNothingComesBack() {
        Deque<Case> todo = new ArrayDeque<>();
        Set<String> known = new HashSet<>();
        todo.add(new Case());
        int depthEnd = 1;
        int checked = 0;
        for (int depth = 0; depth <= DEPTH && !todo.isEmpty(); depth++) {
            int next = 0;
            for (int i = 0; i < depthEnd; i++) {
                Case each = todo.poll();
                if (each == null) break;
                checked++;
                check(each);
                converge(each);
                if (depth == DEPTH) continue;
                for (Case after : steps(each)) {
                    if (!known.add(after.state())) continue;
                    todo.add(after);
                    next++;
                }
            }
            depthEnd = next;
        }
        assertThat(checked).isGreaterThan(DEPTH < 5 ? 10 : 5_000);
    }

    private static List<Case> steps(Case from) {
        List<Case> steps = new ArrayList<>();
        for (int node = 0; node < NODES; node++) {
            for (int key = 0; key < KEYS && from.writes < MOST_WRITES; key++) {
                Case written = from.copy(" n" + node + " writes k" + key);
                write(written, node, key, true);
                steps.add(written);
                Entry entry = from.stores[node].get(key(key));
                if (entry == null || entry.isTombstone()) continue;
                Case removed = from.copy(" n" + node + " removes k" + key);
                write(removed, node, key, false);
                steps.add(removed);
            }
            for (int other = 0; other < NODES; other++) {
                if (other == node) continue;
                for (boolean whole : new boolean[] {true, false}) {
                    Case told = from.copy(" n" + node + (whole ? " tells n" : " begins to tell n") + other);
                    tell(told.stores[node], told.stores[other], whole);
                    steps.add(told);
                }
                if (!unsure(from.stores[other])) continue;
                Case compared = from.copy(" n" + other + " compares with n" + node);
                compare(compared.stores[node], compared.stores[other]);
                steps.add(compared);
            }
            if (from.stores[node].tombstones() > 0) {
                Context cut = from.stores[node].garbage(100);
                boolean all = true;
                for (StateStore store : from.stores)
                    for (int i = 0; i < cut.size(); i++) all &= store.covers(cut.origin(i), cut.version(i));
                if (all) {
                    Case collected = from.copy(" n" + node + " forgets");
                    collected.stores[node].collect(cut);
                    steps.add(collected);
                }
            }
        }
        return steps;
    }

    private static void write(Case at, int node, int key, boolean value) {
        StateStore store = at.stores[node];
        Entry before = store.get(key(key));
        long version = value
                ? store.put(origin(node), key(key), null, Value.of(new byte[] {1}), 0)
                : store.remove(origin(node), key(key), null);
        if (before != null)
            for (Sibling each : before.siblings())
                at.replaced.computeIfAbsent(each, none -> new HashSet<>()).add(node * 1000L + version);
        at.writes++;
    }

    private static void tell(StateStore from, StateStore to, boolean whole) {
        List<Wanted> wanted = new ArrayList<>();
        boolean missed = false;
        for (OriginLog log : from.logs()) {
            OriginLog theirs = to.log(log.origin);
            long has = theirs == null ? 0 : theirs.clock;
            if (log.clock <= has && !log.hasBeyond()) continue;
            missed |= has < log.collected && has < log.clock;
            wanted.add(new Wanted(log, Math.min(has, log.clock)));
        }
        if (missed) {
            compare(from, to);
            return;
        }
        if (wanted.isEmpty()) return;
        List<Delta> deltas = new DeltaPacker(from).pack(wanted, whole ? 1 << 20 : 256, whole ? 1 << 20 : 1);
        for (Delta delta : deltas) for (Segment segment : delta.segments()) to.apply(segment, new ArrayList<>());
    }

    /** What {@link RepairTaking} concludes from a comparison of all entries. */
    private static void compare(StateStore from, StateStore to) {
        for (OriginLog log : from.logs()) if (log.seen() < log.collected) return;
        Context seen = from.seen();
        TreeSet<StateKey> keys = new TreeSet<>(from.entries().keySet());
        keys.addAll(to.entries().keySet());
        for (StateKey key : keys)
            to.reset(key, from.entries().getOrDefault(key, Entry.ABSENT), seen, new ArrayList<>());
        to.resetDone(seen, from.collected());
    }

    private static boolean unsure(StateStore store) {
        for (OriginLog log : store.logs()) if (log.isUnsure()) return true;
        return false;
    }

    private static void check(Case at) {
        for (StateStore store : at.stores)
            for (Entry entry : store.entries().values())
                for (Sibling each : entry.siblings())
                    for (long by : at.replaced.getOrDefault(each, Set.of()))
                        if (store.seen(origin((int) (by / 1000))) >= by % 1000)
                            throw new AssertionError(each + " came back:" + at.way);
    }

    private static void converge(Case from) {
        Case at = from.copy("; then");
        for (int round = 0; round < 4; round++)
            for (int a = 0; a < NODES; a++)
                for (int b = 0; b < NODES; b++) {
                    if (a == b) continue;
                    tell(at.stores[a], at.stores[b], true);
                    if (unsure(at.stores[b])) compare(at.stores[a], at.stores[b]);
                }
        check(at);
        for (StateStore store : at.stores)
            if (store.contentHash() != at.stores[0].contentHash() || store.vectorHash() != at.stores[0].vectorHash())
                throw new AssertionError("no agreement:" + from.way + "\n" + at.state());
    }
}
