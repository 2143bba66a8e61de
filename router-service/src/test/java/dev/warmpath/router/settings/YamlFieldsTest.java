package dev.warmpath.router.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class YamlFieldsTest {
  @ParameterizedTest
  @CsvSource({"5, 5", "0.5, 0.5", ".5, 0.5", "5., 5", "+5, 5", "1e-3, 0.001", "1.5E2, 150"})
  void numbersAreWrittenAsUsual(String text, double value) {
    assertThat(parse("a: " + text).number("a", 7)).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "'5'", "5d", "0x5", "NaN", ".nan", ".inf", "1e999", "-1", "1_000", "[5]"})
  void whatIsNoNumberIsRefused(String text) {
    assertThatThrownBy(() -> parse("a: " + text).number("a", 7))
        .isInstanceOf(YamlException.class)
        .hasMessageStartingWith("f:1: a must be a number, 0 or more, was ");
  }

  @Test
  void wholeNumbersAreAsLongAsTheyMayBe() {
    String most = Long.toString(Long.MAX_VALUE);
    assertThat(parse("a: " + most).whole("a", 0, 0, Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
    assertThatThrownBy(() -> parse("a: " + most + "0").whole("a", 0, 0, Long.MAX_VALUE))
        .hasMessage("f:1: a must be a whole number from 0 to %s, was '%s0'", most, most);
    assertThatThrownBy(() -> parse("a: 3000000000").count("a", 1))
        .hasMessage("f:1: a must be a whole number from 1 to 2147483647, was '3000000000'");
    assertThatThrownBy(() -> parse("a: \"3\"").count("a", 1)).hasMessageEndingWith("was '\"3\"'");
  }

  @Test
  void whatIsNotThereIsAsTheReaderSays() {
    YamlFields none = parse("");

    assertThat(none.has("a")).isFalse();
    assertThat(none.number("a", 7)).isEqualTo(7);
    assertThat(none.count("a", 7, 1)).isEqualTo(7);
    assertThat(none.flag("a", true)).isTrue();
    assertThat(none.word("a", "x", List.of("y"))).isEqualTo("x");
    assertThat(none.texts("a")).isEmpty();
    assertThat(none.mappings("a", List.of("b"))).isEmpty();
    assertThatThrownBy(() -> none.text("a")).hasMessage("f:1: a is missing");
    assertThatThrownBy(() -> none.aboveZero("a")).hasMessage("f:1: a is missing");
  }

  @Test
  void complaintsNameThePathFromTheRootAndTheLine() {
    YamlFields root =
        parse(
            """
            a:
              b:
                - {c: 1}
                - c: x
            """);
    YamlFields item = root.mapping("a", List.of("b")).mappings("b", List.of("c")).get(1);

    assertThatThrownBy(() -> item.flag("c", true))
        .hasMessage("f:4: a.b[1].c must be true or false, was 'x'");
    assertThatThrownBy(() -> item.value(() -> fail("no"))).hasMessage("f:4: a.b[1]: no");
    assertThatThrownBy(() -> item.value("c", text -> fail("no " + text)))
        .hasMessage("f:4: a.b[1].c: no x");
    assertThat(root.at("a.b[0].d", "no")).hasMessage("f:3: no");
    assertThat(root.at("z", "no")).hasMessage("f:1: no");
  }

  @Test
  void namesOfTheWritersChoiceKeepTheirOrder() {
    assertThat(parse("a: {z: 1, b: x}").textsByName("a"))
        .containsExactly(Map.entry("z", "1"), Map.entry("b", "x"));
    assertThat(parse("a: {z: [1, 2], b: x}").listsByName("a"))
        .containsExactly(Map.entry("z", List.of("1", "2")), Map.entry("b", List.of("x")));
    assertThatThrownBy(() -> parse("a: {'': y}").textsByName("a"))
        .hasMessage("f:1: a has a field without a name");
    assertThatThrownBy(() -> parse("a: {[x]: y}")).hasMessageStartingWith("f:1: is not YAML: ");
  }

  private static Object fail(String message) {
    throw new IllegalArgumentException(message);
  }

  private static YamlFields parse(String text) {
    return YamlFields.parse("f", text, List.of("a"));
  }
}
