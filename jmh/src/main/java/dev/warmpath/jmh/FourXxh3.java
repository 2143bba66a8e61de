package dev.warmpath.jmh;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * XXH3-64 of inputs of 64 bytes, which are blocks of 16 tokens, four at a time. The algorithm is
 * that of <a href="https://github.com/Cyan4973/xxHash">xxHash</a>, for lengths of 33 to 64 bytes:
 * four folded products of input and secret, and an avalanche.
 */
final class FourXxh3 {
  private static final int BYTES = 64;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long PRIME64_1 = 0x9E3779B185EBCA87L;
  private static final long PRIME_MX1 = 0x165667919E3779F9L;

  /** The length times the first prime. */
  private static final long START = PRIME64_1 << 6;

  /** The first 64 bytes of the default secret. */
  private static final long[] SECRET = {
    0xBE4BA423396CFEB8L, 0x1CAD21F72C81017CL, 0xDB979083E96DD4DEL, 0x1F67B3B7A4A44072L,
    0x78E5C0CC4EE679CBL, 0x2172FFCC7DD05A82L, 0x8E2443F7744608B8L, 0x4C263A81E69035E0L
  };

  /** Which two longs of the secret meet each 16 bytes of the input. */
  private static final int[] SECRET_OF_PART = {0, 4, 6, 2};

  private final long[] secret = new long[SECRET.length];

  FourXxh3(long seed) {
    for (int i = 0; i < SECRET.length; i++) {
      secret[i] = i % 2 == 0 ? SECRET[i] + seed : SECRET[i] - seed;
    }
  }

  /** Four streams side by side; {@code blocks} is a multiple of 4. */
  void hashFourAtATime(byte[] bytes, int blocks, long[] hashes) {
    for (int i = 0; i < blocks; i += 4) {
      int a = i * BYTES;
      int b = a + BYTES;
      int c = b + BYTES;
      int d = c + BYTES;
      long sumA = START;
      long sumB = sumA;
      long sumC = sumA;
      long sumD = sumA;
      for (int part = 0; part < 4; part++) {
        int from = 16 * part;
        int with = SECRET_OF_PART[part];
        sumA += folded(bytes, a + from, with);
        sumB += folded(bytes, b + from, with);
        sumC += folded(bytes, c + from, with);
        sumD += folded(bytes, d + from, with);
      }
      hashes[i] = avalanche(sumA);
      hashes[i + 1] = avalanche(sumB);
      hashes[i + 2] = avalanche(sumC);
      hashes[i + 3] = avalanche(sumD);
    }
  }

  private long folded(byte[] bytes, int at, int with) {
    long x = (long) LONG.get(bytes, at) ^ secret[with];
    long y = (long) LONG.get(bytes, at + Long.BYTES) ^ secret[with + 1];
    return x * y ^ Math.unsignedMultiplyHigh(x, y);
  }

  private static long avalanche(long sum) {
    long h = (sum ^ sum >>> 37) * PRIME_MX1;
    return h ^ h >>> 32;
  }
}
