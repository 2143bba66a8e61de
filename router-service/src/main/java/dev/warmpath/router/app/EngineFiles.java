package dev.warmpath.router.app;

import dev.warmpath.router.replay.engine.EngineModel;
import dev.warmpath.router.replay.engine.EngineModelJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/** Finds engine models: those that ship by name, all others by the path of their file. */
final class EngineFiles {
  /** The engines that ship. */
  static final List<String> NAMES =
      List.of(
          "qwen3-32b-h20",
          "deepseek-r1-h20",
          "vllm-v1-h20",
          "deepseek-v3.2-gb200-dep8",
          "dynamo-mocker");

  private EngineFiles() {}

  /**
   * Reads an engine model.
   *
   * @throws IllegalArgumentException if there is none of that name, or its file is wrong
   */
  static EngineModel read(String nameOrPath) {
    return EngineModelJson.read(nameOrPath, text(nameOrPath));
  }

  /**
   * The text of an engine's file.
   *
   * @throws IllegalArgumentException if there is none of that name, or it cannot be read
   */
  static String text(String nameOrPath) {
    if (NAMES.contains(nameOrPath)) {
      return shipped(nameOrPath);
    }
    try {
      Path file = Path.of(nameOrPath);
      if (Files.isRegularFile(file)) {
        return Files.readString(file);
      }
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "--engine '%s' cannot be read: %s".formatted(nameOrPath, FileTrouble.of(e)), e);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(
          "--engine '%s' cannot be read: %s".formatted(nameOrPath, e.getReason()), e);
    }
    throw new IllegalArgumentException(
        "--engine '%s' is neither a file nor one of %s"
            .formatted(nameOrPath, String.join(", ", NAMES)));
  }

  private static String shipped(String name) {
    try (InputStream in = EngineFiles.class.getResourceAsStream("engines/" + name + ".json")) {
      if (in == null) {
        throw new IllegalStateException("engine %s is missing in the jar".formatted(name));
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
