package dev.warmpath.router.app;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the constants of an enum as help writes them, in lower case; any case will do. */
abstract class LowerCase<E extends Enum<E>> implements ITypeConverter<E> {
  private final Class<E> type;

  LowerCase(Class<E> type) {
    this.type = type;
  }

  @Override
  public E convert(String value) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> constant.name().equalsIgnoreCase(value))
        .findFirst()
        .orElseThrow(
            () -> new TypeConversionException("'%s' is not %s".formatted(value, choices())));
  }

  private String choices() {
    return Arrays.stream(type.getEnumConstants())
        .map(constant -> constant.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(" or "));
  }
}
