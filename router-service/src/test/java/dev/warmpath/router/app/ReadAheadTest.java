package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import dev.warmpath.router.replay.Prompt;
import dev.warmpath.router.replay.load.LoadRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class ReadAheadTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 63, 64, 65, 128, 5_000})
  void givesAllInTheirOrder(int count) {
    List<LoadRequest> all = requests(count);
    List<LoadRequest> given = new ArrayList<>();
    try (ReadAhead ahead = new ReadAhead(all.iterator())) {
      ahead.forEachRemaining(given::add);

      assertThatThrownBy(ahead::next).isInstanceOf(NoSuchElementException.class);
    }
    assertThat(given).isEqualTo(all);
  }

  @Test
  void aFailureComesBehindWhatWasReadBefore() {
    Iterator<LoadRequest> good = requests(70).iterator();
    Iterator<LoadRequest> failing =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return true;
          }

          @Override
          public LoadRequest next() {
            if (!good.hasNext()) {
              throw new IllegalArgumentException("line 71");
            }
            return good.next();
          }
        };
    List<LoadRequest> given = new ArrayList<>();
    try (ReadAhead ahead = new ReadAhead(failing)) {
      assertThatThrownBy(() -> ahead.forEachRemaining(given::add))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("line 71");
    }
    assertThat(given).hasSize(70);
  }

  @Test
  void aFailureBeforeTheFirstComesEachTimeOneIsAskedFor() {
    Iterator<LoadRequest> failing =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            throw new AssertionError("line 1");
          }

          @Override
          public LoadRequest next() {
            throw new NoSuchElementException();
          }
        };
    try (ReadAhead ahead = new ReadAhead(failing)) {
      assertThatThrownBy(ahead::hasNext).isInstanceOf(AssertionError.class).hasMessage("line 1");
      assertThatThrownBy(ahead::next).isInstanceOf(AssertionError.class).hasMessage("line 1");
    }
  }

  @Test
  void aSourceWithoutEndIsReadNoFurtherThanTheBound() {
    LoadRequest request = requests(1).getFirst();
    AtomicInteger read = new AtomicInteger();
    try (ReadAhead ahead = new ReadAhead(endless(request, read))) {
      assertThat(ahead.next()).isEqualTo(request);
      // One batch taken, eight that wait, one in hand; and then no more.
      await().untilAtomic(read, equalTo(64 * 10));
      await().during(Duration.ofMillis(50)).until(() -> read.get() == 64 * 10);
    }
    int whenClosed = read.get();

    assertThat(whenClosed).isEqualTo(64 * 10);
    assertThat(read.get()).isEqualTo(whenClosed);
  }

  private static Iterator<LoadRequest> endless(LoadRequest request, AtomicInteger read) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return true;
      }

      @Override
      public LoadRequest next() {
        read.incrementAndGet();
        return request;
      }
    };
  }

  private static List<LoadRequest> requests(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new LoadRequest(i, new Prompt(1, new long[] {i}), i, "", 0))
        .toList();
  }
}
