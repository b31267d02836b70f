package dev.grapevine.sim;

/** Which datagrams a link loses (streams feel the same losses as delays, since their segments are sent again). */
public sealed interface Loss {
    /** Nothing is lost. */
    Loss NONE = new Independent(0);

    /** Each is lost with the same probability, whatever happened to the others. */
    record Independent(double probability) implements Loss {
        public Independent {
            checkProbability("loss", probability);
        }
    }

    /**
     * Losses come in bursts (Gilbert 1960, Elliott 1963): every directed pair of hosts has a good and a bad state, and each
     * datagram may change it. The mean burst is {@code 1 / toGood} datagrams long, and the share of bad time is {@code toBad /
     * (toBad + toGood)}.
     *
     * @param toBad probability per datagram of turning bad, {@code 0..1}
     * @param toGood probability per datagram of turning good, {@code 0..1}
     * @param lossGood loss while good, {@code 0..1}
     * @param lossBad loss while bad, {@code 0..1}
     */
    record Bursty(double toBad, double toGood, double lossGood, double lossBad) implements Loss {
        public Bursty {
            checkProbability("to-bad", toBad);
            checkProbability("to-good", toGood);
            checkProbability("loss-good", lossGood);
            checkProbability("loss-bad", lossBad);
        }
    }

    private static void checkProbability(String name, double value) {
        if (!(value >= 0 && value <= 1)) throw new IllegalArgumentException(name + " " + value + " is not in 0..1");
    }
}
