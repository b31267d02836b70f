package dev.grapevine.coordinates;

import dev.grapevine.wire.Encodable;
import dev.grapevine.wire.MalformedPacketException;
import dev.grapevine.wire.MalformedPacketException.Reason;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;

/**
 * Where a node is. Floats, since a microsecond in a thousand seconds is more than a measurement tells.
 *
 * <pre>kind: 1 (1 here I am, 2 here I am, and where are you), name: text, 8 axes, error, adjustment, height: 11 × float, 4 bytes</pre>
 *
 * @param name of the member that is there
 * @param asking whether the receiver is to say where it is
 */
public record CoordinateMessage(String name, Coordinate place, boolean asking) implements Encodable {
    private static final int FLOATS = Coordinate.DIMENSIONS + 3;

    @Override
    public int sizeBytes() {
        return 1 + Wire.textSize(name) + 4 * FLOATS;
    }

    @Override
    public void encode(ByteBuffer into) {
        into.put((byte) (asking ? 2 : 1));
        Wire.putText(into, name);
        for (double axis : place.vec()) into.putFloat((float) axis);
        into.putFloat((float) place.error());
        into.putFloat((float) place.adjustment());
        into.putFloat((float) place.height());
    }

    /**
     * Reads one.
     *
     * @throws MalformedPacketException if the bytes are none, or the place is nowhere: no number, or out of the range of networks
     */
    public static CoordinateMessage decode(ByteBuffer from) {
        int start = from.position();
        int kind = Wire.u8(from);
        if (kind != 1 && kind != 2) throw new MalformedPacketException(Reason.BAD_VALUE, start);
        String name = Wire.text(from, 128);
        Wire.need(from, 4 * FLOATS);
        double[] vec = new double[Coordinate.DIMENSIONS];
        boolean fits = !name.isEmpty();
        for (int i = 0; i < vec.length; i++) {
            vec[i] = from.getFloat();
            fits &= Math.abs(vec[i]) <= 1000; // seconds; false for what is no number
        }
        double error = from.getFloat();
        double adjustment = from.getFloat();
        double height = from.getFloat();
        fits &= error >= 0 && error <= 1.6 && Math.abs(adjustment) <= 1000 && height > 0 && height <= 1000;
        if (!fits) throw new MalformedPacketException(Reason.BAD_VALUE, start);
        return new CoordinateMessage(name, new Coordinate(vec, error, adjustment, height), kind == 2);
    }
}
