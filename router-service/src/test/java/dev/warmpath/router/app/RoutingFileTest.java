package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.warmpath.router.route.Policies;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoutingFileTest {
  @TempDir Path folder = Path.of("");

  private Path file = Path.of("");

  @BeforeEach
  void name() {
    file = folder.resolve("routing.yaml");
  }

  @Test
  void aChangedFileIsTakenOverAndAnUnchangedOneIsNot() throws Exception {
    write("draining: [a]");
    RoutingFile routing = RoutingFile.load(file, Policies.KV);
    routing.poll();
    assertThat(routing.get().drainingWorkers()).containsExactly("a");
    assertThat(routing.loads()).isOne();

    write("draining: [b]");
    routing.poll();

    assertThat(routing.get().drainingWorkers()).containsExactly("b");
    assertThat(routing.loads()).isEqualTo(2);
    assertThat(routing.refusals()).isZero();
  }

  @Test
  void theLastGoodSettingsHoldWhileTheFileIsBad() throws Exception {
    write("draining: [a]");
    RoutingFile routing = RoutingFile.load(file, Policies.KV);

    write("draining: a");
    routing.poll();
    routing.poll();
    assertThat(routing.get().drainingWorkers()).containsExactly("a");
    assertThat(routing.refusals()).as("once for each change").isOne();

    write("draining: [c]");
    routing.poll();
    assertThat(routing.get().drainingWorkers()).containsExactly("c");
  }

  @Test
  void theLastGoodSettingsHoldWhileTheFileIsAway() throws Exception {
    write("draining: [a]");
    RoutingFile routing = RoutingFile.load(file, Policies.KV);
    Files.delete(file);
    routing.poll();
    routing.poll();

    assertThat(routing.get().drainingWorkers()).containsExactly("a");
    assertThat(routing.refusals()).as("once for each change").isOne();

    write("draining: [a]");
    routing.poll();
    Files.delete(file);
    routing.poll();
    assertThat(routing.refusals()).isEqualTo(2);
  }

  @Test
  void aFileThatCannotBeUsedIsAnErrorAtTheStart() throws Exception {
    assertThatThrownBy(() -> RoutingFile.load(file, Policies.KV))
        .hasMessage(file + ": no such file");
    Files.write(file, new byte[] {(byte) 0xff});
    assertThatThrownBy(() -> RoutingFile.load(file, Policies.KV))
        .hasMessage(file + ": is not UTF-8");
    Files.write(file, new byte[RoutingFile.MAX_BYTES + 1]);
    assertThatThrownBy(() -> RoutingFile.load(file, Policies.KV))
        .hasMessage(file + ": must have at most 1048576 bytes");
  }

  private void write(String text) throws IOException {
    Files.writeString(file, text);
  }
}
