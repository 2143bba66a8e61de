package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenRangesTest {
  @Test
  void idsAndRangesBecomeLittleEndianTokensInTheirOrder() {
    assertThat(tokens("7, 1,2147483647,3..5,4..4")).containsExactly(7, 1, 2147483647, 3, 4, 5, 4);
  }

  @Test
  void theLongestPromptCanBeTyped() {
    assertThat(tokens("1.." + TokenRanges.MAX_TOKENS))
        .isEqualTo(IntStream.rangeClosed(1, TokenRanges.MAX_TOKENS).toArray());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|'' is not a token id or a range like 1..512",
        "1,,2|'' is not a token id or a range like 1..512",
        "1,x|'x' is not a token id",
        "-4|'-4' is not a token id",
        "1..2..3|'1..2..3' is not a token id",
        "99999999999999999999|'99999999999999999999' is not a token id",
        "2147483648|'2147483648' must rise, stay below 2^31",
        "9..3|'9..3' must rise, stay below 2^31",
        "0..4194304|'0..4194304' must rise, stay below 2^31 and span at most 4194304 tokens",
        "0..4194303,1|more than 4194304 tokens: '1'",
      })
  void whatIsNoTokenIsNamed(String text, String complaint) {
    assertThatThrownBy(() -> TokenRanges.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(complaint);
  }

  private static int[] tokens(String text) {
    byte[] bytes = TokenRanges.parse(text);
    int[] tokens = new int[bytes.length / Integer.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(tokens);
    return tokens;
  }
}
