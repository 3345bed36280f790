// What a program or an object was made with, read from its bytes. Each returns
// what is missing, by name: nothing is as it should be.
import { execFileSync } from 'node:child_process';

const read = (command, ...args) => execFileSync(command, args,
  { encoding: 'utf8', maxBuffer: 1 << 30, env: { ...process.env, LC_ALL: 'C' } });

const missing = (parts) => Object.keys(parts).filter((name) => !parts[name]);

// A frame larger than a page is taken page by page, each touched: no step of the
// stack pointer is larger, however far away the guard page would be. Of x86-64.
export function stackSteps(file) {
  const steps = [...read('objdump', '-d', '--no-show-raw-insn', file)
    .matchAll(/\tsub +\$0x([0-9a-f]+),%rsp$/gm)]
    .map(([, step]) => BigInt.asIntN(64, BigInt(`0x${step}`)));
  return { probed: steps.filter((step) => step === 0x1000n).length,
           larger: steps.filter((step) => step > 0x1000n).length };
}

export function programMisses(file) {
  const header = read('readelf', '-hW', file);
  const segments = read('readelf', '-lW', file);
  const dynamic = read('readelf', '-dW', file);
  const imports = read('readelf', '--dyn-syms', '-W', file);
  const parts = {
    'position independent': /Type: +DYN/.test(header) &&
                            /\(FLAGS_1\).*\bPIE\b/.test(dynamic),
    'no text relocations': !/TEXTREL/.test(dynamic),
    'relocations read-only': /GNU_RELRO/.test(segments),
    'bound at the start': /\(FLAGS_1\).*\bNOW\b/.test(dynamic) &&
                          /BIND_NOW/.test(dynamic),
    'no executable stack': / GNU_STACK .* RW +0x/.test(segments),
    'nothing writable and executable': !/ LOAD .* RWE /.test(segments),
    'stack protector': /UND __stack_chk_fail\b/.test(imports),
    'checked sizes': /UND __\w+_chk\b/.test(imports),
  };
  if (process.arch === 'x64') {
    const { probed, larger } = stackSteps(file);
    parts['stack probes'] = probed > 0 && larger === 0;
  }
  return missing(parts);
}

// By file, and in an archive by member, the output of readelf on it: of a member
// it writes the name, of a plain object not.
function perObject(flag, files) {
  const objects = new Map();
  for (const file of files) {
    let name = file;
    for (const line of read('readelf', flag, '-W', file).split('\n')) {
      name = line.match(/^File: (.*)$/)?.[1] ?? name;
      objects.set(name, `${objects.get(name) ?? ''}${line}\n`);
    }
  }
  return objects;
}

// A program says IBT and SHSTK only if each part of it does, and the C library's
// own start files do not on Debian: so each of our objects is asked.
export function unmarked(files) {
  return [...perObject('-n', files)]
    .filter(([name, notes]) => /\.o\)?$/.test(name) &&
            !/x86 feature: IBT, SHSTK/.test(notes))
    .map(([name]) => name);
}

// Objects of one library together: not each has an array or a call to check.
export function objectsMiss(files) {
  const symbols = [...perObject('-s', files).values()].join('');
  return missing({
    'stack protector': /UND __stack_chk_fail\b/.test(symbols),
    'checked sizes': /UND __\w+_chk\b/.test(symbols) });
}
