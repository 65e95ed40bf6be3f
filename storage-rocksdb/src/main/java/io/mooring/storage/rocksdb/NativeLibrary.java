package io.mooring.storage.rocksdb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.rocksdb.NativeLibraryLoader;
import org.rocksdb.RocksDB;

/**
 * Loads RocksDB's native code. By itself the binding unpacks 14 MB into the temporary directory and
 * leaves them there whenever the process is killed; here they are unpacked into the store's own
 * directory, loaded, and deleted at once, since what is mapped needs no name.
 */
final class NativeLibrary {

  private static final String FILE_PREFIX = "librocksdbjni";

  private NativeLibrary() {}

  /** Loads the library unless this process has it. */
  static void load(Path directory) {
    try {
      NativeLibraryLoader.getInstance().loadLibrary(directory.toString());
    } catch (IOException | UnsatisfiedLinkError e) {
      // Such as a file system mounted noexec: the temporary directory may still do.
      RocksDB.loadLibrary();
    } finally {
      deleteUnpacked(directory);
    }
  }

  private static void deleteUnpacked(Path directory) {
    try (var files = Files.newDirectoryStream(directory, FILE_PREFIX + "*")) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // A file too many in the directory does no harm.
    }
  }
}
