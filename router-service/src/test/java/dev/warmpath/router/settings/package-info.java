@NullMarked
package dev.warmpath.router.settings;

import org.jspecify.annotations.NullMarked;
