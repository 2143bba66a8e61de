package dev.warmpath.indexer.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MultimodalBlocksTest {
  @Test
  void rangeTouchesItsFirstAndItsLastBlock() {
    MultimodalBlocks blocks = new MultimodalBlocks().addRange(3, 6, 4, 9L);
    assertThat(blocks.in(0)).containsExactly(9L);
    assertThat(blocks.in(1)).containsExactly(9L);
    assertThat(blocks.in(2)).containsExactly(9L);
    assertThat(blocks.in(3)).isEmpty();
  }

  @Test
  void rangeThatFillsABlockTouchesNoOther() {
    MultimodalBlocks blocks = new MultimodalBlocks().addRange(4, 4, 4, 9L);
    assertThat(blocks.in(0)).isEmpty();
    assertThat(blocks.in(1)).containsExactly(9L);
    assertThat(blocks.in(2)).isEmpty();
  }

  @Test
  void objectsAscendAsUnsignedNumbers() {
    assertThat(new MultimodalBlocks().add(0, -1L).add(0, 5L).in(0)).containsExactly(5L, -1L);
  }

  @Test
  void rangesOutsideAnyPromptAreRefused() {
    MultimodalBlocks blocks = new MultimodalBlocks();
    assertThatThrownBy(() -> blocks.addRange(0, 0, 4, 9L))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> blocks.addRange(-1, 4, 4, 9L))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> blocks.addRange(Integer.MAX_VALUE, 1, 4, 9L))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void plainTextTakesNoObjects() {
    assertThatThrownBy(() -> MultimodalBlocks.NONE.add(0, 1L))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void objectsNamedTogetherAreSortedAsThoseNamedOneByOne() {
    MultimodalBlocks one = new MultimodalBlocks().add(1, -1).add(1, 7).add(1, 3);
    MultimodalBlocks together = new MultimodalBlocks().add(1, 7).addAll(1, new long[] {-1, 3});

    assertThat(together.in(1)).containsExactly(3, 7, -1).isEqualTo(one.in(1));
  }
}
