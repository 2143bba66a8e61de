package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TextTableTest {
  @Test
  void numbersGoToTheRightAndWordsToTheLeft() {
    String table =
        TextTable.render(
            List.of("name", "cost", "cached"),
            List.of(List.of("a", "1,234.5", "7 blocks"), List.of("longer", "-2", "12 blocks")));

    assertThat(table)
        .isEqualTo(
            """
            name       cost     cached
            a       1,234.5   7 blocks
            longer       -2  12 blocks
            """);
  }

  @Test
  void aTableWithoutRowsIsItsHead() {
    assertThat(TextTable.render(List.of("a", "b"), List.of())).isEqualTo("a  b\n");
  }
}
