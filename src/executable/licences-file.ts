/** The licences of everything in the executable, at the top of the unpacked files. */
export const LICENCES_FILE = 'THIRD-PARTY-LICENSES.txt';
