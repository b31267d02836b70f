package dev.grapevine.serf;

import dev.grapevine.coordinates.Coordinate;
import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.Dialect;
import dev.grapevine.serf.msgpack.MalformedMessageException;
import dev.grapevine.serf.msgpack.MsgPackReader;
import dev.grapevine.serf.msgpack.MsgPackWriter;
import org.jspecify.annotations.Nullable;

/**
 * A coordinate as acks of direct pings carry it: byte 1, then map{Adjustment, Error, Height, Vec}. Source: hashicorp/serf,
 * serf/ping_delegate.go.
 */
public final class PingPayload {
    private static final int VERSION = 1;

    private PingPayload() {}

    /** The bytes for {@code coordinate}. */
    public static Bytes encode(Coordinate coordinate) {
        MsgPackWriter to = new MsgPackWriter(Dialect.GOSSIP);
        to.octet(VERSION).map(4).text("Adjustment").float64(coordinate.adjustment());
        to.text("Error").float64(coordinate.error()).text("Height").float64(coordinate.height());
        double[] vec = coordinate.vec();
        to.text("Vec").list(vec.length);
        for (double axis : vec) to.float64(axis);
        return to.toBytes();
    }

    /** The same with numbers of four bytes: the error of 10^-7 is far below that of any measurement. */
    static Bytes encodeShort(Coordinate coordinate) {
        MsgPackWriter to = new MsgPackWriter(Dialect.GOSSIP);
        to.octet(VERSION).map(4).text("Adjustment").float32((float) coordinate.adjustment());
        to.text("Error").float32((float) coordinate.error()).text("Height").float32((float) coordinate.height());
        double[] vec = coordinate.vec();
        to.text("Vec").list(vec.length);
        for (double axis : vec) to.float32((float) axis);
        return to.toBytes();
    }

    /** The coordinate in {@code payload}; null if there is none that can be used. */
    public static @Nullable Coordinate decode(@Nullable Bytes payload) {
        if (payload == null || payload.size() == 0 || payload.at(0) != VERSION) return null;
        try {
            Coordinate coordinate = read(new MsgPackReader(payload.from(1)));
            return coordinate.isValid() ? coordinate : null;
        } catch (MalformedMessageException e) {
            return null;
        }
    }

    private static Coordinate read(MsgPackReader in) {
        double adjustment = 0;
        double error = 0;
        double height = 0;
        double[] vec = {};
        for (int pairs = in.map(); pairs > 0; pairs--) {
            switch (in.text()) {
                case "Adjustment" -> adjustment = in.float64();
                case "Error" -> error = in.float64();
                case "Height" -> height = in.float64();
                case "Vec" -> {
                    vec = new double[Math.max(0, in.list())];
                    for (int i = 0; i < vec.length; i++) vec[i] = in.float64();
                }
                default -> in.skip();
            }
        }
        return new Coordinate(vec, error, adjustment, height);
    }
}
