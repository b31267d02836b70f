package dev.grapevine.state;

import dev.grapevine.core.Address;
import dev.grapevine.state.StateMessage.Chunk;
import dev.grapevine.state.StateMessage.Found;
import dev.grapevine.state.StateMessage.Lookup;
import dev.grapevine.state.StateMessage.Want;
import dev.grapevine.state.Value.Blob;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Moves large values in chunks, asked for one by one, so that a transfer that broke off goes on where it stopped, with whatever peer
 * has the value. Chunks are given only what the budget leaves after updates.
 */
final class Transfers {
    private static final int CHUNK_BYTES = 64 << 10;
    private static final int AT_ONCE = 4;
    private static final int MAX_OWED = 256;
    private static final int MAX_LOOKUP = 32;
    private static final int LOST_PERIODS = 100; // without any byte from anybody, before a value may be given up

    private final StateReplica replica;
    private final Map<Blob, Transfer> transfers = new LinkedHashMap<>();
    private final Map<Address, Want> owed = new LinkedHashMap<>();

    private static final class Transfer {
        final Blob blob;
        final int size;
        byte[] bytes = new byte[0];
        int length;
        Address peer;
        final Set<Address> without = new HashSet<>(); // peers that said since then that they do not have it
        long sinceNanos;
        boolean running;
        int failures;

        Transfer(Blob blob, int size, Address peer, long nowNanos) {
            this.blob = blob;
            this.size = size;
            this.peer = peer;
            sinceNanos = nowNanos;
        }
    }

    Transfers(StateReplica replica) {
        this.replica = replica;
    }

    boolean isOwing() {
        return !owed.isEmpty();
    }

    // ---- taking ----

    /** The bytes of a large value are needed. */
    void want(Value value, Address from) {
        if (replica.store.content(value.blob()) != null) return;
        transfers.computeIfAbsent(value.blob(), blob -> new Transfer(blob, value.size(), from, replica.nowNanos));
        startSome();
    }

    private void startSome() {
        int running = 0;
        for (Transfer each : transfers.values()) if (each.running) running++;
        for (Transfer each : transfers.values()) {
            if (running >= AT_ONCE) return;
            if (each.running) continue;
            each.running = true;
            running++;
            ask(each);
        }
    }

    private void ask(Transfer transfer) {
        replica.send(transfer.peer, new Want(transfer.blob, transfer.length));
        long patience = replica.settings.periodNanos() * (5L << Math.min(transfer.failures, 3));
        replica.timers.set(new StateReplica.Timer.Transfer(transfer.blob), replica.nowNanos + patience);
    }

    /** Somebody else is asked for the rest. */
    void timeout(Blob blob) {
        Transfer transfer = transfers.get(blob);
        if (transfer == null) return;
        transfer.failures++;
        Address other = replica.randomPeer();
        if (other != null) transfer.peer = other;
        ask(transfer);
    }

    void received(Address from, Chunk chunk) {
        Transfer transfer = transfers.get(chunk.blob());
        if (transfer == null || !transfer.running) return;
        if (chunk.bytes().length == 0) { // does not have it: another one, after a moment
            if (!from.equals(transfer.peer)) return;
            transfer.failures++;
            transfer.without.add(from);
            // Maybe nobody has it any more, because it was replaced: the present state says so.
            List<StateKey> keys = replica.store.waitingFor(chunk.blob(), MAX_LOOKUP);
            if (keys.isEmpty()) { // nobody waits for it any more
                end(transfer);
                return;
            }
            replica.send(from, new Lookup(keys));
            Address other = replica.randomPeer();
            if (other != null) transfer.peer = other;
            replica.timers.set(
                    new StateReplica.Timer.Transfer(chunk.blob()), replica.nowNanos + replica.settings.periodNanos());
            return;
        }
        if (chunk.size() != transfer.size || chunk.offset() != transfer.length) return;
        int length = transfer.length + chunk.bytes().length;
        if (length > transfer.bytes.length)
            // Grows with what has come, so that an announced size takes no memory.
            transfer.bytes = Arrays.copyOf(transfer.bytes, Math.min(transfer.size, Math.max(length, 2 * length)));
        System.arraycopy(chunk.bytes(), 0, transfer.bytes, transfer.length, chunk.bytes().length);
        transfer.length = length;
        transfer.failures = 0;
        transfer.without.clear();
        transfer.sinceNanos = replica.nowNanos;
        if (length < transfer.size) {
            ask(transfer);
            return;
        }
        finish(transfer);
    }

    private void finish(Transfer transfer) {
        byte[] bytes = Arrays.copyOf(transfer.bytes, transfer.size);
        if (!Value.digest(bytes).equals(transfer.blob)) { // somebody gave wrong bytes: all over again, from another
            transfer.length = 0;
            timeout(transfer.blob);
            return;
        }
        replica.store.arrived(Value.of(bytes));
        end(transfer);
        replica.advanced();
    }

    private void end(Transfer transfer) {
        transfers.remove(transfer.blob);
        replica.timers.cancel(new StateReplica.Timer.Transfer(transfer.blob));
        startSome();
    }

    /** Values that are waited for and whose transfer is forgotten are begun anew; those nobody waits for end. */
    void findLost() {
        replica.store.dropUnused();
        Map<Blob, Value> needed = new LinkedHashMap<>();
        for (OriginLog log : replica.store.logs())
            for (OriginLog.Parked parked : log.parked.values())
                for (Sibling each : parked.entry().siblings())
                    if (!each.value().isPresent()
                            && replica.store.content(each.value().blob()) == null)
                        needed.put(each.value().blob(), each.value());
        for (Blob blob : List.copyOf(transfers.keySet())) {
            if (needed.containsKey(blob)) continue;
            transfers.remove(blob);
            replica.timers.cancel(new StateReplica.Timer.Transfer(blob));
        }
        for (Transfer each : List.copyOf(transfers.values())) {
            if (!isLost(each)) continue;
            giveUp(each);
            needed.remove(each.blob);
        }
        Address peer = replica.randomPeer();
        if (peer != null) for (Value value : needed.values()) want(value, peer);
        startSome();
    }

    // Never while a member is out of reach: on the other side of a partition the bytes may be safe.
    private boolean isLost(Transfer transfer) {
        if (replica.nowNanos - transfer.sinceNanos < LOST_PERIODS * replica.settings.periodNanos()) return false;
        if (!replica.isComplete() || !transfer.without.containsAll(replica.others())) return false;
        for (Origin writer : replica.store.writersOf(transfer.blob)) if (!replica.isOver(writer)) return false;
        return true;
    }

    private void giveUp(Transfer transfer) {
        transfers.remove(transfer.blob);
        replica.timers.cancel(new StateReplica.Timer.Transfer(transfer.blob));
        for (StateKey key : replica.store.waitingFor(transfer.blob, Integer.MAX_VALUE))
            if (key.isShared()) replica.giveUp(key); // facts die with their owner
    }

    /** A peer's present state of keys that wait for a large value. */
    void found(Address from, List<Kept> items) {
        List<Value> missing = new ArrayList<>();
        for (Kept item : items)
            if (replica.isMember(item.entry().context().origin(0)))
                replica.store.refresh(item.key(), item.entry(), missing);
        for (Value value : missing) want(value, from);
        replica.advanced();
    }

    // ---- giving ----

    void lookup(Address from, List<StateKey> keys) {
        List<Kept> items = new ArrayList<>();
        for (StateKey key : new TreeSet<>(keys.subList(0, Math.min(keys.size(), MAX_LOOKUP)))) {
            Entry entry = replica.store.get(key);
            if (entry != null) items.add(new Kept(key, entry));
        }
        if (!items.isEmpty()) replica.send(from, new Found(items));
    }

    void wanted(Address from, Want want) {
        if (replica.budget.left(replica.nowNanos) > 0) {
            give(from, want);
            return;
        }
        if (owed.size() < MAX_OWED || owed.containsKey(from)) owed.put(from, want);
        replica.timers.set(new StateReplica.Timer.Serve(), replica.budget.whenNanos(1));
    }

    void serveOwed() {
        while (!owed.isEmpty() && replica.budget.left(replica.nowNanos) > 0) {
            Map.Entry<Address, Want> first = owed.entrySet().iterator().next();
            owed.remove(first.getKey());
            give(first.getKey(), first.getValue());
        }
    }

    private void give(Address to, Want want) {
        byte[] bytes = bytes(want.blob());
        if (bytes == null || want.offset() >= bytes.length) {
            replica.send(to, new Chunk(want.blob(), 0, 0, new byte[0]));
            return;
        }
        int end = Math.min(bytes.length, want.offset() + CHUNK_BYTES);
        byte[] piece = Arrays.copyOfRange(bytes, want.offset(), end);
        replica.send(to, new Chunk(want.blob(), bytes.length, want.offset(), piece), true);
    }

    private byte @Nullable [] bytes(Blob blob) {
        Value value = replica.store.content(blob);
        return value == null ? null : value.bytes();
    }
}
