package dev.grapevine;

import dev.grapevine.core.Command;
import dev.grapevine.node.StateCommand;
import dev.grapevine.state.Context;
import dev.grapevine.state.Convergence;
import dev.grapevine.state.Counters;
import dev.grapevine.state.Entry;
import dev.grapevine.state.SeenBy;
import dev.grapevine.state.Sibling;
import dev.grapevine.state.Spaces;
import dev.grapevine.state.StateEvent;
import dev.grapevine.state.StateKey;
import dev.grapevine.state.StateReplica;
import dev.grapevine.state.StateStore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Facts and collections as the library offers them: reads on the node's loop, writes as its commands. */
final class StateViews {
    private static final byte[] MEMBER = new byte[0]; // an element of a set has no value

    private final Grapevine node;
    private final String name;

    StateViews(Grapevine node, String name) {
        this.node = node;
        this.name = name;
    }

    // ---- shared by all ----

    private <T> T read(Function<StateStore, T> question) {
        return node.readState(replica -> question.apply(replica.store()));
    }

    private CompletableFuture<Update> write(
            StateKey key, byte @Nullable [] value, @Nullable Context context, boolean stamped) {
        byte[] copy = value == null ? null : value.clone();
        byte[] seen = context == null ? null : context.bytes();
        return update(new StateCommand.Write(key, copy, seen, stamped));
    }

    private CompletableFuture<Update> update(Command command) {
        return node.ask(command).thenApply(answer -> new Made((dev.grapevine.state.Update) answer));
    }

    private Set<String> names(String space) {
        return read(store -> {
            Set<String> names = new TreeSet<>();
            for (Map.Entry<StateKey, Entry> each :
                    Spaces.entriesOf(store, space).entrySet())
                if (!each.getValue().isTombstone()) names.add(each.getKey().name());
            return names;
        });
    }

    private Optional<byte[]> latest(StateKey key) {
        return read(store -> {
            Entry entry = store.get(key);
            if (entry == null || entry.isTombstone()) return Optional.empty();
            return Optional.of(entry.latest().value().bytes().clone());
        });
    }

    private Subscription listen(Consumer<StateEvent.Changed> listener) {
        return node.listen(event -> {
            if (event instanceof StateEvent.Changed change) listener.accept(change);
        });
    }

    private final class Made implements Update {
        private final dev.grapevine.state.Update update;

        Made(dev.grapevine.state.Update update) {
            this.update = update;
        }

        @Override
        public CompletableFuture<Seen> awaitSeenByEveryone() {
            return await(-1);
        }

        @Override
        public CompletableFuture<Seen> awaitSeenByQuorum() {
            return await(0);
        }

        @Override
        public CompletableFuture<Seen> awaitSeenBy(int members) {
            if (members < 1) throw new IllegalArgumentException(members + " members are not at least 1");
            return await(members);
        }

        private CompletableFuture<Seen> await(int members) {
            return node.ask(new StateCommand.Await(update.key(), update.version(), members))
                    .thenApply(answer -> {
                        SeenBy by = (SeenBy) answer;
                        return new Seen(by.members(), by.seen(), by.viewChanged());
                    });
        }

        @Override
        public String toString() {
            return update.key() + ":" + update.version();
        }
    }

    // ---- each kind ----

    Facts facts() {
        return new Facts() {
            @Override
            public CompletableFuture<Update> put(String key, byte[] value) {
                return write(StateKey.fact(name, key), value, null, false);
            }

            @Override
            public CompletableFuture<Update> remove(String key) {
                return write(StateKey.fact(name, key), null, null, false);
            }

            @Override
            public Optional<byte[]> get(String owner, String key) {
                return latest(StateKey.fact(owner, key));
            }

            @Override
            public Map<String, byte[]> of(String owner) {
                return read(store -> {
                    Map<String, byte[]> facts = new LinkedHashMap<>();
                    for (Map.Entry<StateKey, Entry> each :
                            Spaces.factsOf(store, owner).entrySet())
                        if (!each.getValue().isTombstone())
                            facts.put(
                                    each.getKey().name(),
                                    each.getValue().latest().value().bytes().clone());
                    return facts;
                });
            }

            @Override
            public Subscription listen(String prefix, Consumer<? super Change> listener) {
                return StateViews.this.listen(change -> {
                    StateKey key = change.key();
                    if (key.isShared() || !key.name().startsWith(prefix)) return;
                    Entry after = change.after();
                    byte[] value = after.isTombstone()
                            ? null
                            : after.latest().value().bytes().clone();
                    listener.accept(new Change(key.owner(), key.name(), value));
                });
            }
        };
    }

    SharedMap shared(String map) {
        String space = Spaces.shared(map);
        return new SharedMap() {
            private Read read(@Nullable Entry entry) {
                if (entry == null) return new Read(List.of(), Context.EMPTY);
                List<byte[]> values = new ArrayList<>();
                for (Sibling each : entry.siblings())
                    values.add(each.value().bytes().clone());
                return new Read(List.copyOf(values), entry.context());
            }

            @Override
            public Read get(String key) {
                return StateViews.this.read(store -> read(store.get(StateKey.shared(space, key))));
            }

            @Override
            public Set<String> keys() {
                return names(space);
            }

            @Override
            public CompletableFuture<Update> put(String key, byte[] value) {
                return write(StateKey.shared(space, key), value, null, false);
            }

            @Override
            public CompletableFuture<Update> put(String key, byte[] value, Context context) {
                return write(StateKey.shared(space, key), value, context, false);
            }

            @Override
            public CompletableFuture<Update> remove(String key) {
                return write(StateKey.shared(space, key), null, null, false);
            }

            @Override
            public CompletableFuture<Update> remove(String key, Context context) {
                return write(StateKey.shared(space, key), null, context, false);
            }

            @Override
            public Subscription listen(String prefix, Consumer<? super Change> listener) {
                return StateViews.this.listen(change -> {
                    StateKey key = change.key();
                    if (key.space().equals(space) && key.name().startsWith(prefix))
                        listener.accept(new Change(key.name(), read(change.after())));
                });
            }
        };
    }

    LatestMap latest(String map) {
        String space = Spaces.latest(map);
        return new LatestMap() {
            @Override
            public Optional<byte[]> get(String key) {
                return StateViews.this.latest(StateKey.shared(space, key));
            }

            @Override
            public Set<String> keys() {
                return names(space);
            }

            @Override
            public CompletableFuture<Update> put(String key, byte[] value) {
                return write(StateKey.shared(space, key), value, null, true);
            }

            @Override
            public CompletableFuture<Update> remove(String key) {
                return write(StateKey.shared(space, key), null, null, true);
            }
        };
    }

    SharedCounter counter(String counter) {
        Spaces.counter(counter); // refused here, not with the first use
        return new SharedCounter() {
            @Override
            public long value() {
                return read(store -> Counters.value(store, counter));
            }

            @Override
            public CompletableFuture<Update> add(long by) {
                return update(new StateCommand.Count(counter, by));
            }
        };
    }

    SharedSet set(String set) {
        String space = Spaces.set(set);
        return new SharedSet() {
            @Override
            public boolean contains(String element) {
                return StateViews.this.latest(StateKey.shared(space, element)).isPresent();
            }

            @Override
            public Set<String> elements() {
                return names(space);
            }

            @Override
            public CompletableFuture<Update> add(String element) {
                return write(StateKey.shared(space, element), MEMBER, null, false);
            }

            @Override
            public CompletableFuture<Update> remove(String element) {
                return write(StateKey.shared(space, element), null, null, false);
            }
        };
    }

    State state() {
        return new State() {
            @Override
            public Convergence convergence() {
                node.post(new StateCommand.Follow());
                return node.readState(StateReplica::convergence);
            }

            @Override
            public long digest() {
                return read(StateStore::contentHash);
            }

            @Override
            public int size() {
                return read(StateStore::size);
            }

            @Override
            public int tombstones() {
                return read(StateStore::tombstones);
            }

            @Override
            public long sentBytes() {
                return node.readState(StateReplica::sentBytes);
            }
        };
    }
}
