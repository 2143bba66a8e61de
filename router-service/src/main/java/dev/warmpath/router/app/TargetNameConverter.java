package dev.warmpath.router.app;

import dev.warmpath.v1.TargetName;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A worker, or one of its ranks, on the command line: {@code w3} or {@code w3/1}. */
final class TargetNameConverter implements ITypeConverter<TargetName> {
  @Override
  public TargetName convert(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return TargetName.newBuilder().setWorkerId(text).build();
    }
    try {
      return TargetName.newBuilder()
          .setWorkerId(text.substring(0, slash))
          .setRank(Integer.parseUnsignedInt(text.substring(slash + 1)))
          .build();
    } catch (NumberFormatException e) {
      throw new TypeConversionException("'" + text + "' is not worker/rank");
    }
  }
}
