/** What the tests use of three.js, which has no types of its own. */
declare module 'three/examples/jsm/loaders/*' {
  interface Attribute {
    array: Float32Array;
    count: number;
  }

  export interface Geometry {
    attributes: { position: Attribute } & Partial<Record<'normal' | 'uv' | 'color', Attribute>>;
    index: { array: Uint32Array; count: number } | null;
  }

  export class STLLoader {
    parse(bytes: ArrayBuffer): Geometry;
  }

  export class PLYLoader {
    parse(bytes: ArrayBuffer): Geometry;
  }

  export class OBJLoader {
    parse(text: string): { children: Array<{ name: string; geometry: Geometry; material: { name: string } }> };
  }

  export class MTLLoader {
    parse(text: string, path: string): { materialsInfo: Record<string, Record<string, string | number[]>> };
  }
}
