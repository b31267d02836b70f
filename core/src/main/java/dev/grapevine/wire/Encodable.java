package dev.grapevine.wire;

import java.nio.ByteBuffer;

/** A message that knows its bytes. */
public interface Encodable {
    /** The exact number of bytes that {@link #encode} writes. */
    int sizeBytes();

    /** Writes this at the position of {@code into}, which has {@link #sizeBytes} bytes left or more. */
    void encode(ByteBuffer into);
}
