package io.mooring.sim;

import io.mooring.log.FileStore;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A directory in memory that behaves like a disk behind a page cache. Writes since a file's last
 * sync are pending, as are names since the directory's last sync; {@link #crash} decides for each
 * pending 512-byte sector whether it was kept, and for each pending name change as well. Faults are
 * planned by the fields below.
 */
public final class SimFileStore implements FileStore {

  private static final int SECTOR_BYTES = 512;

  private final SplittableRandom random;
  private final Map<String, Inode> names = new TreeMap<>();
  private final Map<String, Inode> durableNames = new TreeMap<>();
  private final List<NameChange> pendingNames = new ArrayList<>();
  private long calls;
  private long syncs;

  /** The process dies at this call, counted from 1; before or after its effect, by chance. */
  public long crashAtCall = Long.MAX_VALUE;

  /** This sync of a file or directory, counted from 1, fails with EIO. */
  public long failSync = Long.MAX_VALUE;

  /** Bytes that fit on the disk. */
  public long capacityBytes = Long.MAX_VALUE;

  /** Whether writes are cut short at random. */
  public boolean shortWrites;

  /** An empty disk. */
  public SimFileStore(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /** Calls so far, for planning a crash. */
  public long calls() {
    return calls;
  }

  /** Syncs so far, for planning a failure. */
  public long syncs() {
    return syncs;
  }

  /** What a machine finds after the power came back. */
  public SimFileStore crash() {
    SimFileStore image = new SimFileStore(random.nextLong());
    Map<String, Inode> found = new TreeMap<>(durableNames);
    for (NameChange change : pendingNames) {
      if (random.nextBoolean()) {
        change.applyTo(found);
      }
    }
    for (Map.Entry<String, Inode> entry : found.entrySet()) {
      Inode inode = entry.getValue().afterCrash(random);
      image.names.put(entry.getKey(), inode);
      image.durableNames.put(entry.getKey(), inode);
    }
    return image;
  }

  /** What is in the page cache and survives a process: the image after kill -9. */
  public SimFileStore kill() {
    SimFileStore image = new SimFileStore(random.nextLong());
    image.names.putAll(names);
    image.durableNames.putAll(durableNames);
    image.pendingNames.addAll(pendingNames);
    return image;
  }

  // Damage by hand.

  /** A file's bytes; a copy. */
  public byte[] bytes(String name) {
    Inode inode = names.get(name);
    return Arrays.copyOf(inode.bytes, inode.size);
  }

  /** Puts a file there, durably. */
  public void put(String name, byte[] bytes) {
    Inode inode = new Inode();
    inode.bytes = bytes.clone();
    inode.size = bytes.length;
    inode.durable = bytes.clone();
    names.put(name, inode);
    durableNames.put(name, inode);
  }

  /** Takes a file away. */
  public void remove(String name) {
    names.remove(name);
    durableNames.remove(name);
  }

  // FileStore.

  @Override
  public List<String> list() throws IOException {
    return List.copyOf(names.keySet());
  }

  @Override
  public File open(String name) throws IOException {
    Inode inode = names.get(name);
    if (inode == null) {
      throw new FileNotFoundException(name);
    }
    return new SimFile(inode);
  }

  @Override
  public File create(String name) throws IOException {
    if (names.containsKey(name)) {
      throw new IOException(name + " exists");
    }
    Inode inode = new Inode();
    change(new NameChange(null, name, inode));
    return new SimFile(inode);
  }

  @Override
  public void rename(String from, String to) throws IOException {
    if (!names.containsKey(from) || names.containsKey(to)) {
      throw new IOException("cannot rename " + from + " to " + to);
    }
    change(new NameChange(from, to, names.get(from)));
  }

  @Override
  public void replace(String from, String to) throws IOException {
    if (!names.containsKey(from)) {
      throw new FileNotFoundException(from);
    }
    change(new NameChange(from, to, names.get(from)));
  }

  @Override
  public void delete(String name) throws IOException {
    if (!names.containsKey(name)) {
      throw new FileNotFoundException(name);
    }
    change(new NameChange(name, null, null));
  }

  @Override
  public void syncDirectory() throws IOException {
    step(
        () -> {
          failSyncIfPlanned();
          durableNames.clear();
          durableNames.putAll(names);
          pendingNames.clear();
        });
  }

  @Override
  public String toString() {
    return "simulated disk";
  }

  private void change(NameChange change) throws IOException {
    step(
        () -> {
          change.applyTo(names);
          pendingNames.add(change);
        });
  }

  private void failSyncIfPlanned() throws IOException {
    if (++syncs == failSync) {
      throw new IOException("Input/output error");
    }
  }

  private void step(Effect effect) throws IOException {
    boolean dies = ++calls >= crashAtCall;
    if (dies && random.nextBoolean()) {
      throw new SimCrash();
    }
    effect.run();
    if (dies) {
      throw new SimCrash();
    }
  }

  private long usedBytes() {
    return names.values().stream().mapToLong(inode -> inode.size).sum();
  }

  private interface Effect {
    void run() throws IOException;
  }

  /** A name that appears, moves or goes. */
  private record NameChange(String from, String to, Inode inode) {
    void applyTo(Map<String, Inode> map) {
      if (from != null && map.remove(from) == null) {
        return;
      }
      if (to != null) {
        map.put(to, inode);
      }
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // frozen, and identity is never compared
  private record Write(int position, byte[] bytes) {}

  /** A file's content, with and without what is pending. */
  private static final class Inode {
    private byte[] bytes = new byte[0];
    private int size;
    private byte[] durable = new byte[0];
    private final List<Write> pending = new ArrayList<>();

    void write(Write write) {
      bytes = patched(bytes, write, 0, write.bytes.length);
      size = Math.max(size, write.position + write.bytes.length);
      pending.add(write);
    }

    void sync() {
      durable = Arrays.copyOf(bytes, size);
      pending.clear();
    }

    Inode afterCrash(SplittableRandom random) {
      byte[] kept = durable.clone();
      for (Write write : pending) {
        // All, nothing, or sector by sector.
        int fate = random.nextInt(3);
        int end = write.position + write.bytes.length;
        for (int at = write.position; at < end; ) {
          int next = Math.min(end, (at / SECTOR_BYTES + 1) * SECTOR_BYTES);
          if (fate == 0 || (fate == 1 && random.nextBoolean())) {
            kept = patched(kept, write, at - write.position, next - write.position);
          }
          at = next;
        }
      }
      Inode inode = new Inode();
      inode.bytes = kept;
      inode.size = kept.length;
      inode.durable = kept.clone();
      return inode;
    }

    private static byte[] patched(byte[] bytes, Write write, int from, int to) {
      int end = write.position + to;
      byte[] result = end > bytes.length ? Arrays.copyOf(bytes, end) : bytes;
      System.arraycopy(write.bytes, from, result, write.position + from, to - from);
      return result;
    }
  }

  private final class SimFile implements File {
    private final Inode inode;
    private boolean closed;

    SimFile(Inode inode) {
      this.inode = inode;
    }

    @Override
    public long size() throws IOException {
      checkOpen();
      return inode.size;
    }

    @Override
    public int read(ByteBuffer to, long position) throws IOException {
      checkOpen();
      if (position >= inode.size) {
        return -1;
      }
      int bytes = (int) Math.min(to.remaining(), inode.size - position);
      to.put(inode.bytes, (int) position, bytes);
      return bytes;
    }

    @Override
    public int write(ByteBuffer from, long position) throws IOException {
      checkOpen();
      int bytes = from.remaining();
      if (shortWrites && bytes > 1) {
        bytes = 1 + random.nextInt(bytes);
      }
      long grows = Math.max(0, position + bytes - inode.size);
      if (grows > 0 && usedBytes() + grows > capacityBytes) {
        throw new IOException("No space left on device");
      }
      byte[] copy = new byte[bytes];
      from.get(copy);
      step(() -> inode.write(new Write((int) position, copy)));
      return bytes;
    }

    @Override
    public void sync() throws IOException {
      checkOpen();
      step(
          () -> {
            failSyncIfPlanned();
            inode.sync();
          });
    }

    @Override
    public void close() {
      closed = true;
    }

    private void checkOpen() throws IOException {
      if (closed) {
        throw new IOException("file is closed");
      }
    }
  }
}
