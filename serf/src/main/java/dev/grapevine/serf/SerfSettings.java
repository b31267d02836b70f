package dev.grapevine.serf;

import dev.grapevine.serf.memberlist.NodeAddress;
import dev.grapevine.serf.memberlist.Timings;
import dev.grapevine.serf.msgpack.Bytes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything a {@link SerfMachine} is told at birth. All durations in nanoseconds. Defaults are those of Serf's library,
 * except that the protocol is 5, as in its agent.
 */
public final class SerfSettings {
    private static final long SECOND = 1_000_000_000L;

    final String name;
    final NodeAddress address;
    final int bindPort;
    final Timings timings;
    final int protocol;
    final Map<String, String> tags;
    final List<Bytes> keys;
    final boolean keyringStored;
    final String label;
    final boolean skipInboundLabelCheck;
    final boolean verifyIncoming;
    final boolean verifyOutgoing;
    final boolean compression;
    final boolean coordinates;
    final boolean resolveConflicts;
    final boolean waitForName;
    final boolean validateNames;
    final int userEventSizeLimit;
    final int querySizeLimit;
    final int queryResponseSizeLimit;
    final long broadcastTimeoutNanos;
    final long leavePropagateDelayNanos;
    final long reapNanos;
    final long reconnectNanos;
    final long reconnectTimeoutNanos;
    final long tombstoneTimeoutNanos;
    final long recentIntentTimeoutNanos;
    final long coalesceNanos;
    final long quiescentNanos;
    final long userCoalesceNanos;
    final long userQuiescentNanos;
    final Snapshot snapshot;
    final List<String> rejoinTargets;

    private SerfSettings(Builder from) {
        name = from.name;
        address = from.address;
        bindPort = from.bindPort;
        timings = from.timings;
        protocol = from.protocol;
        tags = new LinkedHashMap<>(from.tags);
        keys = List.copyOf(from.keys);
        keyringStored = from.keyringStored;
        label = from.label;
        skipInboundLabelCheck = from.skipInboundLabelCheck;
        verifyIncoming = from.verifyIncoming;
        verifyOutgoing = from.verifyOutgoing;
        compression = from.compression;
        coordinates = from.coordinates;
        resolveConflicts = from.resolveConflicts;
        waitForName = from.waitForName;
        validateNames = from.validateNames;
        userEventSizeLimit = from.userEventSizeLimit;
        querySizeLimit = from.querySizeLimit;
        queryResponseSizeLimit = from.queryResponseSizeLimit;
        broadcastTimeoutNanos = from.broadcastTimeoutNanos;
        leavePropagateDelayNanos = from.leavePropagateDelayNanos;
        reapNanos = from.reapNanos;
        reconnectNanos = from.reconnectNanos;
        reconnectTimeoutNanos = from.reconnectTimeoutNanos;
        tombstoneTimeoutNanos = from.tombstoneTimeoutNanos;
        recentIntentTimeoutNanos = from.recentIntentTimeoutNanos;
        coalesceNanos = from.coalesceNanos;
        quiescentNanos = from.quiescentNanos;
        userCoalesceNanos = from.userCoalesceNanos;
        userQuiescentNanos = from.userQuiescentNanos;
        snapshot = from.snapshot;
        rejoinTargets = List.copyOf(from.rejoinTargets);
    }

    /**
     * Starts from the defaults.
     *
     * @param name of the node, unique in its cluster, not empty
     * @param address where the others reach it; announced in this one form for ever
     */
    public static Builder of(String name, NodeAddress address) {
        return new Builder(name, address);
    }

    /** The node's name. */
    public String name() {
        return name;
    }

    /** Where the others reach it. */
    public NodeAddress address() {
        return address;
    }

    /** Collects the settings that differ from the defaults. */
    public static final class Builder {
        private final String name;
        private final NodeAddress address;
        private int bindPort;
        private Timings timings = Timings.LAN;
        private int protocol = 5;
        private Map<String, String> tags = Map.of();
        private List<Bytes> keys = List.of();
        private boolean keyringStored;
        private String label = "";
        private boolean skipInboundLabelCheck;
        private boolean verifyIncoming = true;
        private boolean verifyOutgoing = true;
        private boolean compression = true;
        private boolean coordinates = true;
        private boolean resolveConflicts = true;
        private boolean waitForName = true;
        private boolean validateNames;
        private int userEventSizeLimit = 512;
        private int querySizeLimit = 1024;
        private int queryResponseSizeLimit = 1024;
        private long broadcastTimeoutNanos = 5 * SECOND;
        private long leavePropagateDelayNanos = SECOND;
        private long reapNanos = 15 * SECOND;
        private long reconnectNanos = 30 * SECOND;
        private long reconnectTimeoutNanos = 24 * 3600 * SECOND;
        private long tombstoneTimeoutNanos = 24 * 3600 * SECOND;
        private long recentIntentTimeoutNanos = 300 * SECOND;
        private long coalesceNanos;
        private long quiescentNanos;
        private long userCoalesceNanos;
        private long userQuiescentNanos;
        private Snapshot snapshot = new Snapshot();
        private List<String> rejoinTargets = List.of();

        private Builder(String name, NodeAddress address) {
            if (name.isEmpty()) throw new IllegalArgumentException("a node needs a name");
            this.name = name;
            this.address = address;
            this.bindPort = address.port();
        }

        /** The port assumed for join targets that name none; by default the address's own. */
        public Builder bindPort(int port) {
            bindPort = port;
            return this;
        }

        /** {@link Timings#LAN} by default. */
        public Builder timings(Timings timings) {
            this.timings = timings;
            return this;
        }

        /**
         * The Serf protocol, {@code 2..5}.
         *
         * @throws IllegalArgumentException for any other
         */
        public Builder protocol(int protocol) {
            if (protocol < 2 || protocol > 5)
                throw new IllegalArgumentException("protocol version " + protocol + " is not in 2..5");
            this.protocol = protocol;
            return this;
        }

        /**
         * The node's tags, in the order to announce.
         *
         * @throws IllegalArgumentException from {@link #build()} if they take more than 512 bytes encoded
         */
        public Builder tags(Map<String, String> tags) {
            this.tags = new LinkedHashMap<>(tags);
            return this;
        }

        /** Turns encryption on: keys of 16, 24 or 32 bytes, the first one encrypts. */
        public Builder keys(List<Bytes> keys) {
            this.keys = keys;
            return this;
        }

        /**
         * Says that the application keeps the keyring in a file: each change is published as
         * {@link SerfEvent.KeyringChanged} and reported as done only after {@link SerfCommand.KeyringStored}.
         */
        public Builder keyringStored(boolean keyringStored) {
            this.keyringStored = keyringStored;
            return this;
        }

        /** The logical cluster's name, at most 255 bytes; "" for none. Only newer peers understand labels. */
        public Builder label(String label) {
            this.label = label;
            return this;
        }

        /** Whether something in front of us strips labels from what arrives. */
        public Builder skipInboundLabelCheck(boolean skip) {
            this.skipInboundLabelCheck = skip;
            return this;
        }

        /** Whether plain text is refused although there are keys. */
        public Builder verifyIncoming(boolean verify) {
            this.verifyIncoming = verify;
            return this;
        }

        /** Whether we encrypt if there are keys. */
        public Builder verifyOutgoing(boolean verify) {
            this.verifyOutgoing = verify;
            return this;
        }

        /** Whether we compress what we send; what arrives compressed is read anyway. */
        public Builder compression(boolean compression) {
            this.compression = compression;
            return this;
        }

        /** Whether network coordinates are kept and told. */
        public Builder coordinates(boolean coordinates) {
            this.coordinates = coordinates;
            return this;
        }

        /** Whether two nodes of one name have the others vote. */
        public Builder resolveConflicts(boolean resolve) {
            this.resolveConflicts = resolve;
            return this;
        }

        /**
         * What a node does when the others say that its name belongs to another address: true (the default) steps back and
         * tries again until the name is free; false publishes {@link SerfEvent.Stopped} as the reference does.
         */
        public Builder waitForName(boolean wait) {
            this.waitForName = wait;
            return this;
        }

        /** Whether names of peers over 128 characters or outside letters, digits, '-' and '.' are refused. */
        public Builder validateNames(boolean validate) {
            this.validateNames = validate;
            return this;
        }

        /** Bytes of a user event, {@code 1..9216}. */
        public Builder userEventSizeLimit(int bytes) {
            if (bytes < 1 || bytes > 9216)
                throw new IllegalArgumentException("user event size limit " + bytes + " is not in 1..9216");
            this.userEventSizeLimit = bytes;
            return this;
        }

        /** Bytes of an encoded query, {@code > 0}. */
        public Builder querySizeLimit(int bytes) {
            this.querySizeLimit = bytes;
            return this;
        }

        /** Bytes of an encoded response, {@code > 0}. */
        public Builder queryResponseSizeLimit(int bytes) {
            this.queryResponseSizeLimit = bytes;
            return this;
        }

        /** How long leaving, force-leave and tag changes wait until the news has been sent. */
        public Builder broadcastTimeoutNanos(long nanos) {
            this.broadcastTimeoutNanos = nanos;
            return this;
        }

        /** How long a node that left keeps answering. */
        public Builder leavePropagateDelayNanos(long nanos) {
            this.leavePropagateDelayNanos = nanos;
            return this;
        }

        /** Pause between two looks for members to forget. */
        public Builder reapNanos(long nanos) {
            this.reapNanos = nanos;
            return this;
        }

        /** Pause between two attempts to reach a failed member. */
        public Builder reconnectNanos(long nanos) {
            this.reconnectNanos = nanos;
            return this;
        }

        /** How long failed members are remembered. */
        public Builder reconnectTimeoutNanos(long nanos) {
            this.reconnectTimeoutNanos = nanos;
            return this;
        }

        /** How long members that left are remembered. */
        public Builder tombstoneTimeoutNanos(long nanos) {
            this.tombstoneTimeoutNanos = nanos;
            return this;
        }

        /** How long an intent about an unknown member is kept. */
        public Builder recentIntentTimeoutNanos(long nanos) {
            this.recentIntentTimeoutNanos = nanos;
            return this;
        }

        /**
         * Gathers member events: published at most {@code nanos} after the first, or {@code quiescentNanos} after the last.
         * The agent uses 3 s and 1 s; zero, the default, publishes each at once.
         */
        public Builder coalesce(long nanos, long quiescentNanos) {
            this.coalesceNanos = nanos;
            this.quiescentNanos = quiescentNanos;
            return this;
        }

        /** The same for user events that allow it. */
        public Builder coalesceUserEvents(long nanos, long quiescentNanos) {
            this.userCoalesceNanos = nanos;
            this.userQuiescentNanos = quiescentNanos;
            return this;
        }

        /** What an earlier life of this node left behind; its members are tried until one answers. */
        public Builder snapshot(Snapshot snapshot) {
            this.snapshot = snapshot;
            return this;
        }

        /**
         * Addresses, in the form of join targets, that an isolated node tries for ever beside the members it knew.
         *
         * @param targets may be empty
         */
        public Builder rejoinTargets(List<String> targets) {
            this.rejoinTargets = targets;
            return this;
        }

        /** The settings. */
        public SerfSettings build() {
            return new SerfSettings(this);
        }
    }
}
