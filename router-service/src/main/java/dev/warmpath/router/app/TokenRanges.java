package dev.warmpath.router.app;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Reads token ids as a person types them: {@code 1,2,7..4000}. */
final class TokenRanges {
  /** Most tokens that can be typed. */
  static final int MAX_TOKENS = 4_194_304;

  private static final Pattern RANGE = Pattern.compile("(\\d{1,10})(?:\\.\\.(\\d{1,10}))?");

  private TokenRanges() {}

  /**
   * The token ids, int32 little-endian.
   *
   * @throws IllegalArgumentException naming the part that is no number or range
   */
  static byte[] parse(String text) {
    int[] tokens = new int[0];
    for (String part : text.split(",", -1)) {
      int[] more = range(part.strip());
      if (tokens.length + (long) more.length > MAX_TOKENS) {
        throw new IllegalArgumentException("more than " + MAX_TOKENS + " tokens: '" + part + "'");
      }
      tokens = IntStream.concat(IntStream.of(tokens), IntStream.of(more)).toArray();
    }
    ByteBuffer bytes =
        ByteBuffer.allocate(tokens.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(tokens);
    return bytes.array();
  }

  private static int[] range(String part) {
    Matcher matcher = RANGE.matcher(part);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("'" + part + "' is not a token id or a range like 1..512");
    }
    long first = Long.parseLong(matcher.group(1));
    long last = matcher.group(2) == null ? first : Long.parseLong(matcher.group(2));
    if (last < first || last > Integer.MAX_VALUE || last - first >= MAX_TOKENS) {
      throw new IllegalArgumentException(
          "'%s' must rise, stay below 2^31 and span at most %d tokens".formatted(part, MAX_TOKENS));
    }
    return IntStream.rangeClosed((int) first, (int) last).toArray();
  }
}
