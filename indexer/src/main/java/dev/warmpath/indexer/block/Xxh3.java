package dev.warmpath.indexer.block;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * XXH3-64 under one seed for inputs of {@value #SHORTEST} to {@value #LONGEST} bytes, which blocks
 * of 5 to 32 tokens have: a sum of folded products of input and secret, from both ends inwards. The
 * algorithm and its constants are those of <a href="https://github.com/Cyan4973/xxHash">xxHash</a>.
 * Immutable; any thread may use it.
 */
final class Xxh3 {
  static final int SHORTEST = 17;
  static final int LONGEST = 128;

  private static final long PRIME64_1 = 0x9E3779B185EBCA87L;
  private static final long PRIME_MX1 = 0x165667919E3779F9L;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** As much of the default secret as inputs of these lengths meet. */
  private static final long[] SECRET = {
    0xBE4BA423396CFEB8L, 0x1CAD21F72C81017CL, 0xDB979083E96DD4DEL, 0x1F67B3B7A4A44072L,
    0x78E5C0CC4EE679CBL, 0x2172FFCC7DD05A82L, 0x8E2443F7744608B8L, 0x4C263A81E69035E0L,
    0xCB00C391BB52283CL, 0xA32E531B8B65D088L, 0x4EF90DA297486471L, 0xD8ACDEA946EF1938L,
    0x3F349CE33F76FAA8L, 0x1D4F0BC7C7BBDCF9L, 0x3159B4CD4BE0518AL, 0x647378D9C97E9FC8L
  };

  private final long[] secret = new long[SECRET.length];

  Xxh3(long seed) {
    for (int i = 0; i < SECRET.length; i++) {
      secret[i] = i % 2 == 0 ? SECRET[i] + seed : SECRET[i] - seed;
    }
  }

  /** Whether {@link #hash} takes inputs of this length. */
  static boolean takes(int bytes) {
    return bytes >= SHORTEST && bytes <= LONGEST;
  }

  /** The hash of {@code length} bytes from {@code at} on, a length that it {@link #takes}. */
  long hash(byte[] bytes, int at, int length) {
    int end = at + length;
    long sum = length * PRIME64_1;
    if (length > 32) {
      if (length > 64) {
        if (length > 96) {
          sum += folded(bytes, at + 48, 12) + folded(bytes, end - 64, 14);
        }
        sum += folded(bytes, at + 32, 8) + folded(bytes, end - 48, 10);
      }
      sum += folded(bytes, at + 16, 4) + folded(bytes, end - 32, 6);
    }
    sum += folded(bytes, at, 0) + folded(bytes, end - 16, 2);
    long h = (sum ^ sum >>> 37) * PRIME_MX1;
    return h ^ h >>> 32;
  }

  private long folded(byte[] bytes, int at, int with) {
    long x = (long) LONG.get(bytes, at) ^ secret[with];
    long y = (long) LONG.get(bytes, at + Long.BYTES) ^ secret[with + 1];
    return x * y ^ Math.unsignedMultiplyHigh(x, y);
  }
}
