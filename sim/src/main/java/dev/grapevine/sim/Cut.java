package dev.grapevine.sim;

import java.util.BitSet;

/** A fault that keeps packets of some hosts from others, while it is in force. */
public sealed interface Cut {
    /** What a cut stops. */
    enum Stops {
        /** Datagrams and streams. */
        EVERYTHING,
        /** Datagrams only: a firewall that forgot UDP. */
        DATAGRAMS,
        /** Streams only. */
        STREAMS
    }

    /** Whether a packet from host {@code from} to host {@code to} is stopped at {@code nowNanos}. */
    boolean severs(int from, int to, long nowNanos);

    /** Hosts reach only their own group; a host beyond the array is in group 0. */
    record Groups(int[] groupOf) implements Cut {
        @Override
        public boolean severs(int from, int to, long nowNanos) {
            return group(from) != group(to);
        }

        private int group(int host) {
            return host < groupOf.length ? groupOf[host] : 0;
        }
    }

    /** Nothing passes from the first set to the second; the other way is open. */
    record OneWay(BitSet senders, BitSet receivers) implements Cut {
        @Override
        public boolean severs(int from, int to, long nowNanos) {
            return senders.get(from) && receivers.get(to);
        }
    }

    /**
     * Of {@code hosts} hosts in a ring each reaches only those at most {@code reach} places away, so that no two neighbours see
     * the same members.
     */
    record Ring(int hosts, int reach) implements Cut {
        public Ring {
            if (hosts < 1 || reach < 1)
                throw new IllegalArgumentException("a ring of " + hosts + " with reach " + reach);
        }

        @Override
        public boolean severs(int from, int to, long nowNanos) {
            int apart = Math.abs(from - to) % hosts;
            return Math.min(apart, hosts - apart) > reach;
        }
    }

    /**
     * Another cut that comes and goes: in force for {@code onNanos}, gone for {@code offNanos}, from {@code sinceNanos} on
     * (Rapid's flip-flop is 20 s and 20 s).
     */
    record FlipFlop(Cut cut, long sinceNanos, long onNanos, long offNanos) implements Cut {
        public FlipFlop {
            if (onNanos <= 0 || offNanos <= 0)
                throw new IllegalArgumentException("a flip-flop of " + onNanos + " and " + offNanos + " ns");
        }

        @Override
        public boolean severs(int from, int to, long nowNanos) {
            return (nowNanos - sinceNanos) % (onNanos + offNanos) < onNanos && cut.severs(from, to, nowNanos);
        }
    }

    /** A cut that splits the first {@code hosts} hosts into {@code parts} groups of neighbours, of nearly the same size. */
    static Groups parts(int hosts, int parts) {
        if (parts < 1 || parts > hosts) throw new IllegalArgumentException(hosts + " hosts in " + parts + " parts");
        int[] groupOf = new int[hosts];
        for (int i = 0; i < hosts; i++) groupOf[i] = (int) ((long) i * parts / hosts);
        return new Groups(groupOf);
    }

    /** A cut that keeps {@code hosts} from everybody else and everybody else from them; they reach each other. */
    static Groups apart(BitSet hosts) {
        int[] groupOf = new int[hosts.length()];
        for (int i = hosts.nextSetBit(0); i >= 0; i = hosts.nextSetBit(i + 1)) groupOf[i] = 1;
        return new Groups(groupOf);
    }
}
