import { AppError } from '../../src/errors.ts';
import type { Checkpoint, StoredTensor } from './checkpoint.ts';
import { openRandomAccess, type RandomAccessFile } from './random-access-file.ts';
import { looksLikeSafetensors, readSafetensorsTable } from './safetensors.ts';
import { readTorchArchiveTable } from './torch-archive.ts';
import { looksLikeZip } from './zip-directory.ts';

/**
 * Opens a safetensors file or a PyTorch archive; the content decides which, not the name.
 * Reads the table of contents only: milliseconds and a few megabytes whatever the size of the file.
 * @throws {AppError} `model.missing`, `model.corrupt` or `model.unsupported`
 */
export function openCheckpoint(path: string): Checkpoint {
  const file = openRandomAccess(path);
  try {
    const tensors = readTable(file);
    return {
      path: file.path,
      byteLength: file.byteLength,
      tensors,
      read(tensor, start = 0, length = tensor.byteLength - start) {
        if (!(start >= 0 && length >= 0 && start + length <= tensor.byteLength)) {
          throw new RangeError(`${tensor.name} has ${tensor.byteLength} bytes; asked for ${length} at ${start}`);
        }
        return file.readAt(tensor.byteOffset + start, length);
      },
      close: file.close,
    };
  } catch (error) {
    file.close();
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, `Cannot use the checkpoint ${file.path}: ${error.message}.`, { cause: error });
  }
}

function readTable(file: RandomAccessFile): Map<string, StoredTensor> {
  const start = file.readAt(0, Math.min(16, file.byteLength));
  if (looksLikeZip(start)) return readTorchArchiveTable(file);
  if (looksLikeSafetensors(start)) return readSafetensorsTable(file);
  throw new AppError(
    'model.corrupt',
    'it is neither a safetensors file nor a PyTorch archive, but perhaps a web page or a pointer saved in its place',
  );
}
