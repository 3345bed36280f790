// A small disk of its own (tmpfs), to be filled and freed.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class Disk {
  static async make(megabytes) {
    const disk = new Disk();
    disk.dir = await mkdtemp(join(tmpdir(), 'lws-app-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`,
                             'tmpfs', disk.dir], { stdio: 'pipe' });
    } catch (error) {
      await rm(disk.dir, { recursive: true });
      throw error;
    }
    return disk;
  }

  async fill() {
    const { bavail, bsize } = await statfs(this.dir);
    await writeFile(join(this.dir, 'filler'),
                    Buffer.alloc(Math.max(0, bavail * bsize)))
      .catch(() => {}); // what did not fit is not there
  }

  free() {
    return rm(join(this.dir, 'filler'), { force: true });
  }

  async drop() {
    execFileSync('umount', ['-l', this.dir]);
    await rm(this.dir, { recursive: true });
  }
}
