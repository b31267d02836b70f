package dev.grapevine.core;

import org.jspecify.annotations.Nullable;

/** Reads and writes {@link Address}es as people do. The JDK's own parser lives beside its resolver, which core may not use. */
final class AddressText {
    private AddressText() {}

    static @Nullable Address parse(String text, int defaultPort) {
        if (text.startsWith("[")) {
            int end = text.indexOf(']');
            if (end < 0) return null;
            int port = end + 1 == text.length() ? defaultPort : port(text, end + 1);
            return port < 0 ? null : v6(text.substring(1, end), port);
        }
        int colon = text.indexOf(':');
        if (colon >= 0 && text.indexOf(':', colon + 1) >= 0) return v6(text, defaultPort);
        int port = colon < 0 ? defaultPort : port(text, colon);
        return port < 0 ? null : v4(colon < 0 ? text : text.substring(0, colon), port);
    }

    private static int port(String text, int colon) {
        if (text.charAt(colon) != ':') return -1;
        int value = number(text.substring(colon + 1), 10, 5);
        return value > 0xFFFF ? -1 : value;
    }

    private static @Nullable Address v4(String text, int port) {
        long bits = v4Bits(text);
        return bits < 0 ? null : Address.ipv4((int) bits, port);
    }

    private static long v4Bits(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) return -1;
        long bits = 0;
        for (String part : parts) {
            int value = number(part, 10, 3);
            if (value < 0 || value > 255) return -1;
            bits = bits << 8 | value;
        }
        return bits;
    }

    private static @Nullable Address v6(String text, int port) {
        int gap = text.indexOf("::");
        int[] groups = new int[8];
        if (gap < 0) {
            if (groups(text, groups, true) != 8) return null;
        } else {
            if (text.indexOf("::", gap + 1) >= 0) return null;
            int[] tail = new int[8];
            int before = groups(text.substring(0, gap), groups, false);
            int after = groups(text.substring(gap + 2), tail, true);
            if (before < 0 || after < 0 || before + after > 7) return null;
            for (int i = before; i < 8; i++) groups[i] = 0;
            System.arraycopy(tail, 0, groups, 8 - after, after);
        }
        byte[] ip = new byte[16];
        for (int i = 0; i < 8; i++) {
            ip[2 * i] = (byte) (groups[i] >>> 8);
            ip[2 * i + 1] = (byte) groups[i];
        }
        return Address.of(ip, port);
    }

    /**
     * Parses colon-separated groups; returns how many of 16 bits, or -1. Only the end of an address may be dotted (RFC 4291 §2.2).
     */
    private static int groups(String text, int[] into, boolean atEnd) {
        if (text.isEmpty()) return 0;
        int count = 0;
        String[] parts = text.split(":", -1);
        for (int i = 0; i < parts.length; i++) {
            if (atEnd && i == parts.length - 1 && parts[i].indexOf('.') >= 0) {
                long bits = v4Bits(parts[i]);
                if (bits < 0 || count > 6) return -1;
                into[count++] = (int) (bits >>> 16);
                into[count++] = (int) (bits & 0xFFFF);
                continue;
            }
            int value = number(parts[i], 16, 4);
            if (value < 0 || count > 7) return -1;
            into[count++] = value;
        }
        return count;
    }

    private static int number(String digits, int radix, int maxDigits) {
        if (digits.isEmpty() || digits.length() > maxDigits) return -1;
        int value = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(i) < 128 ? Character.digit(digits.charAt(i), radix) : -1;
            if (digit < 0) return -1;
            value = value * radix + digit;
        }
        return value;
    }

    static String host(Address address) {
        if (!address.v6()) {
            long bits = address.low();
            return (bits >>> 24) + "." + (bits >>> 16 & 255) + "." + (bits >>> 8 & 255) + "." + (bits & 255);
        }
        int[] groups = new int[8];
        for (int i = 0; i < 4; i++) {
            groups[i] = (int) (address.high() >>> (48 - 16 * i)) & 0xFFFF;
            groups[4 + i] = (int) (address.low() >>> (48 - 16 * i)) & 0xFFFF;
        }
        // RFC 5952 §4.2: the longest run of at least two zero groups is shortened, the first of equals.
        int gap = -1;
        int gapLength = 1;
        for (int i = 0; i < 8; i++) {
            int end = i;
            while (end < 8 && groups[end] == 0) end++;
            if (end - i > gapLength) {
                gap = i;
                gapLength = end - i;
            }
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < 8; i++) {
            if (i == gap) {
                text.append("::");
                i += gapLength - 1;
                continue;
            }
            if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') text.append(':');
            text.append(Integer.toHexString(groups[i]));
        }
        return text.toString();
    }
}
