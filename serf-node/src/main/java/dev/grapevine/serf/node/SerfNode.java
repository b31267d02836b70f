package dev.grapevine.serf.node;

import dev.grapevine.core.Event;
import dev.grapevine.membership.Evidence;
import dev.grapevine.membership.MembershipEvent;
import dev.grapevine.runtime.Host;
import dev.grapevine.runtime.Loop;
import dev.grapevine.serf.QueryKey;
import dev.grapevine.serf.SerfCommand;
import dev.grapevine.serf.SerfDialect;
import dev.grapevine.serf.SerfEvent;
import dev.grapevine.serf.SerfMember;
import dev.grapevine.serf.SerfStats;
import dev.grapevine.serf.memberlist.NodeAddress;
import dev.grapevine.serf.msgpack.Bytes;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A member of a Serf cluster, also of the LAN pool that Consul agents form.
 *
 * <pre>{@code
 * try (SerfNode node = SerfNode.join("10.0.0.5")) {
 *     node.onUserEvent("deploy", event -> System.out.println(event.payload()));
 *     node.sendUserEvent("hello", Bytes.utf8("from Java"));
 *     node.members().forEach(member -> System.out.println(member.name() + " is " + member.status()));
 * }
 * }</pre>
 *
 * <p>Thread-safe. Listeners are called in order, one event at a time, on a virtual thread; they may block and may call
 * back. Futures fail with {@link dev.grapevine.runtime.RefusedException} when the node refuses, with a sentence that says
 * why, and with {@link java.util.concurrent.RejectedExecutionException} when it is closed. {@link #close} goes silently, so
 * that the others will find a failure; {@link #leave} says goodbye first.
 */
public final class SerfNode implements AutoCloseable {
    private final String name;
    private final NodeAddress address;
    private final Loop loop;
    private final SerfFiles files;
    private final QueryBook queries = new QueryBook();
    private final CopyOnWriteArrayList<Consumer<? super SerfEvent>> listeners = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<Consumer<? super MembershipEvent>> membershipListeners =
            new CopyOnWriteArrayList<>();
    private final SerfDialect dialect;
    private final CompletableFuture<String> stopped = new CompletableFuture<>();
    private final long startNanos;
    private final Host host;

    SerfNode(SerfNodeBuilder from, Loop loop, SerfNodeBuilder.Prepared prepared) {
        this.name = from.name();
        this.address = prepared.settings().address();
        this.loop = loop;
        this.files = prepared.files();
        this.dialect = new SerfDialect(name);
        this.listeners.addAll(from.listeners());
        this.startNanos = System.nanoTime();
        this.host = loop.host(prepared.machine(), prepared.sockets(), prepared.hostSettings(), this::onEvent);
    }

    /**
     * Starts a node named after this computer, on all its addresses and port 7946, and joins the cluster of the given
     * members. Waits until one of them has answered.
     *
     * @param seeds members of the cluster: {@code host} or {@code host:port}
     * @throws IOException if the sockets cannot be had, or nobody could be joined; the node is closed then
     */
    public static SerfNode join(String... seeds) throws IOException {
        return builder().seeds(List.of(seeds)).start();
    }

    /** Settings other than the usual ones. */
    public static SerfNodeBuilder builder() {
        return new SerfNodeBuilder();
    }

    /** The node's name. */
    public String name() {
        return name;
    }

    /** Where the others reach it. */
    public NodeAddress address() {
        return address;
    }

    /** Joins by way of any of {@code targets}; {@code ignoreOld} drops user events from before. */
    public CompletableFuture<SerfCommand.Joined> join(List<String> targets, boolean ignoreOld) {
        return command(new SerfCommand.Join(targets, ignoreOld), SerfCommand.Joined.class);
    }

    /** Says goodbye. Done when the others had time to hear it; then {@link #close}. */
    public CompletableFuture<Void> leave() {
        return command(new SerfCommand.Leave(), SerfCommand.Done.class).thenRun(() -> {});
    }

    /** All members that are known, this one included. */
    public List<SerfMember> members() {
        @SuppressWarnings("unchecked")
        List<SerfMember> members = (List<SerfMember>) await(command(new SerfCommand.Members(), List.class));
        return members;
    }

    /** Clocks, queues, health and counters. */
    public SerfStats stats() {
        return await(command(new SerfCommand.Stats(), SerfStats.class));
    }

    /** Tells everybody something, coalescing allowed; done when it is on its way. */
    public CompletableFuture<Void> sendUserEvent(String event, @Nullable Bytes payload) {
        return command(new SerfCommand.SendUserEvent(event, payload, true), Long.class)
                .thenRun(() -> {});
    }

    /** Asks everybody something; done with all answers when the query's time is over. */
    public CompletableFuture<SerfQuery.Answers> ask(String query, @Nullable Bytes payload) {
        return query(SerfCommand.Query.toAll(query, payload), SerfQuery.silent())
                .thenCompose(SerfQuery::answers);
    }

    /** Asks, with all that a query can be told; done when it is on its way. */
    public CompletableFuture<SerfQuery> query(SerfCommand.Query query, SerfQuery.Listener listener) {
        queries.expect();
        return command(query, SerfCommand.QueryStarted.class).handle((started, failure) -> {
            if (failure != null) {
                queries.cancel();
                throw failure instanceof CompletionException wrapped ? wrapped : new CompletionException(failure);
            }
            var running = new SerfQuery(started.key(), untilNanos(started.deadlineNanos()), listener);
            queries.enter(running);
            return running;
        });
    }

    /** Answers a query, once, before its deadline. */
    public CompletableFuture<Void> respond(QueryKey query, @Nullable Bytes payload) {
        return command(new SerfCommand.Respond(query, payload), SerfCommand.Done.class)
                .thenRun(() -> {});
    }

    /** Deletes, then sets, tags of this node. */
    public CompletableFuture<Void> updateTags(Map<String, String> set, List<String> delete) {
        return command(new SerfCommand.UpdateTags(set, delete), SerfCommand.Done.class)
                .thenRun(() -> {});
    }

    /** Any other command; see {@link SerfCommand} for what each is answered with. */
    public <T> CompletableFuture<T> command(SerfCommand command, Class<T> answer) {
        return host.command(command).thenApply(answer::cast);
    }

    /** Adds a listener of everything; closing the result removes it. */
    public Registration onEvent(Consumer<? super SerfEvent> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** Adds a listener of the members' changes. */
    public Registration onMembersChanged(Consumer<SerfEvent.MembersChanged> listener) {
        return onEvent(event -> {
            if (event instanceof SerfEvent.MembersChanged changed) listener.accept(changed);
        });
    }

    /**
     * Adds a listener of the members' changes in the words of our own nodes, with the evidence behind each, so that a program
     * may treat both kinds of cluster alike.
     */
    public Registration onMembership(Consumer<? super MembershipEvent> listener) {
        membershipListeners.add(listener);
        return () -> membershipListeners.remove(listener);
    }

    /** Why this is believed of a member: the chain of evidence, oldest first; empty if nobody of that name is known. */
    public List<Evidence> why(String member) {
        synchronized (dialect) {
            return dialect.why(member);
        }
    }

    /** Adds a listener of user events with the given name. */
    public Registration onUserEvent(String wanted, Consumer<SerfEvent.UserEventReceived> listener) {
        return onEvent(event -> {
            if (event instanceof SerfEvent.UserEventReceived user && user.name().equals(wanted)) listener.accept(user);
        });
    }

    /** Answers queries of the given name; a null answer sends nothing. */
    public Registration onQuery(String wanted, Function<SerfEvent.QueryReceived, @Nullable Bytes> answerer) {
        return onEvent(event -> {
            if (!(event instanceof SerfEvent.QueryReceived query)
                    || !query.name().equals(wanted)) return;
            Bytes answer = answerer.apply(query);
            if (answer != null) host.post(new SerfCommand.Respond(query.key(), answer));
        });
    }

    /** Ends the interest in something. */
    public interface Registration extends AutoCloseable {
        @Override
        void close();
    }

    /** How long it is until a deadline that an event or answer of this node names; negative if it is over. */
    public Duration untilNanos(long deadlineNanos) {
        return Duration.ofNanos(deadlineNanos - (System.nanoTime() - startNanos));
    }

    /** Completed, with the reason, when the node stops for a reason of its own. */
    public CompletableFuture<String> stopped() {
        return stopped.copy();
    }

    private void onEvent(Event event) {
        if (event instanceof SerfEvent told) onSerfEvent(told); // the runtime's own are in its counters
    }

    private void onSerfEvent(SerfEvent told) {
        switch (told) {
            case SerfEvent.SnapshotLine(var line) -> files.add(line);
            case SerfEvent.KeyringChanged(long change, List<Bytes> keys) ->
                host.post(new SerfCommand.KeyringStored(change, files.store(keys)));
            case SerfEvent.QueryAcked acked -> queries.onEvent(acked.key(), acked);
            case SerfEvent.QueryAnswered answered -> queries.onEvent(answered.key(), answered);
            case SerfEvent.QueryDone done -> queries.onEvent(done.key(), done);
            case SerfEvent.Stopped(String reason) -> stopped.complete(reason);
            default -> {
                // for listeners alone
            }
        }
        for (Consumer<? super SerfEvent> listener : listeners) listener.accept(told);
        List<MembershipEvent> meant = new ArrayList<>(1);
        synchronized (dialect) {
            dialect.translate(told, System.nanoTime() - startNanos, meant::add);
        }
        for (MembershipEvent event : meant)
            for (Consumer<? super MembershipEvent> listener : membershipListeners) listener.accept(event);
    }

    private static <T> T await(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof RuntimeException cause) throw cause;
            throw failed;
        }
    }

    /** Stops at once, without a word to the others, and frees the ports. */
    @Override
    public void close() {
        host.close();
        loop.close();
        queries.failAll(new java.util.concurrent.RejectedExecutionException(name + " is closed"));
        files.close();
        stopped.complete("closed");
    }
}
