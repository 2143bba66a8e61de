package dev.warmpath.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProtoCommentsTest {
  private static final Path PROTOS = Path.of("..", "proto", "warmpath", "v1");
  private static final Pattern FIELD = Pattern.compile("\\s+[\\w.<>, ]+ = \\d+;");

  @ParameterizedTest
  @ValueSource(strings = {"events", "fleet", "indexer", "load", "router", "simulated_worker"})
  void everyFieldAndValueHasAComment(String file) throws IOException {
    List<String> lines = Files.readAllLines(PROTOS.resolve(file + ".proto"));
    for (int i = 1; i < lines.size(); i++) {
      if (FIELD.matcher(lines.get(i)).matches()) {
        assertThat(lines.get(i - 1).strip()).as("before: %s", lines.get(i)).startsWith("//");
      }
    }
  }
}
