package io.polylog.protocol.webhook;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/// Which addresses webhooks may connect to: those of the public internet, and any where the
/// operator allows it for the host. Registries: IANA's special-purpose addresses of IPv4 and IPv6.
/// Any thread.
///
/// @param anywhere whether any host may have any address
/// @param hosts those that may, in lower case
public record AddressGuard(boolean anywhere, Set<String> hosts) {
    private static final int IPV4_BYTES = 4;
    private static final int SIXTH_TO_FOURTH_AT = 2;
    private static final int LAST_OF_IPV6_AT = 12;

    private static final List<Block> NOT_PUBLIC_IPV4 =
            List.of(
                    Block.of(8, 0),
                    Block.of(8, 10),
                    Block.of(10, 100, 64),
                    Block.of(8, 127),
                    Block.of(16, 169, 254),
                    Block.of(12, 172, 16),
                    Block.of(24, 192, 0, 0),
                    Block.of(24, 192, 0, 2),
                    Block.of(24, 192, 88, 99),
                    Block.of(16, 192, 168),
                    Block.of(15, 198, 18),
                    Block.of(24, 198, 51, 100),
                    Block.of(24, 203, 0, 113),
                    Block.of(4, 224),
                    Block.of(4, 240));

    private static final Block PUBLIC_IPV6 = Block.of(3, 0x20);
    private static final Block SIXTH_TO_FOURTH = Block.of(16, 0x20, 0x02);
    private static final Block TRANSLATED =
            Block.of(96, 0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0);
    private static final Block MAPPED = Block.of(96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);

    /// Of the public ones; the first are those of protocols, Teredo among them.
    private static final List<Block> NOT_PUBLIC_IPV6 =
            List.of(
                    Block.of(23, 0x20, 0x01, 0x00),
                    Block.of(32, 0x20, 0x01, 0x0d, 0xb8),
                    Block.of(20, 0x3f, 0xff, 0x00));

    public AddressGuard {
        hosts = Set.copyOf(hosts);
    }

    /// Addresses that begin with the same bits.
    private record Block(int bits, byte[] first) {
        static Block of(int bits, int... first) {
            byte[] bytes = new byte[first.length];
            for (int i = 0; i < first.length; i++) {
                bytes[i] = (byte) first[i];
            }
            return new Block(bits, bytes);
        }

        boolean has(byte[] address) {
            for (int bit = 0; bit < bits; bit++) {
                int at = bit / Byte.SIZE;
                int mask = 0x80 >> bit % Byte.SIZE;
                int mine = at < first.length ? first[at] & mask : 0;
                if ((address[at] & mask) != mine) {
                    return false;
                }
            }
            return true;
        }
    }

    /// Whether a host may have any address, and be spoken to without TLS.
    ///
    /// @param host in lower case
    boolean trusts(String host) {
        return anywhere || hosts.contains(host);
    }

    /// Whether a connection to a host may go to that address.
    ///
    /// @param host in lower case
    boolean allows(String host, InetAddress address) {
        return trusts(host) || isPublic(address.getAddress());
    }

    /// Whether an address of 4 or 16 bytes is one of the public internet. One that stands for
    /// another of IPv4 is what that one is.
    static boolean isPublic(byte[] address) {
        if (address.length == IPV4_BYTES) {
            return isNone(NOT_PUBLIC_IPV4, address);
        }
        if (TRANSLATED.has(address) || MAPPED.has(address)) {
            return isPublic(part(address, LAST_OF_IPV6_AT));
        }
        if (SIXTH_TO_FOURTH.has(address)) {
            return isPublic(part(address, SIXTH_TO_FOURTH_AT));
        }
        return PUBLIC_IPV6.has(address) && isNone(NOT_PUBLIC_IPV6, address);
    }

    private static boolean isNone(List<Block> blocks, byte[] address) {
        return blocks.stream().noneMatch(block -> block.has(address));
    }

    private static byte[] part(byte[] address, int at) {
        return Arrays.copyOfRange(address, at, at + IPV4_BYTES);
    }
}
