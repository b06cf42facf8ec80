import type { GenerateRequest } from '../generate-request.ts';

/** A bottle with a round body on a transparent background: a PNG of 64 x 64 pixels. */
const PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAAEAAAABABAMAAABYR2ztAAAAGFBMVEVMaXHmWii4SCCKNhhcJBA8bsguEggwWKDrbX4nAAAAAXRSTlMAQObYZgAA' +
  'AAlwSFlzAAAD6AAAA+gBtXtSawAAARlJREFUSMftlUEOgyAQRUk07RpvgF6g6XAAE4g36N6Fcd37rzqACB0Gky7cmP7tPP8fGCYKcTndX17vPwCo' +
  'A6AB6HuAR73ee9WIWK8S8IzAAKzBXkeCs/ABEuVDKh1IuRFMFwYTVAA6zNBsgpTJgktQEeiYjCyBz3CXIGXKKK4ib4Fros1bCE2MvwFNCXwfw5SA' +
  'PgEgxzwFyGdBAQt0WGBLIH8PFFg8kF4UAhOZhX+zKtZxv8iwTNgKtdUH0DyQVocA2CXkAJAePZBvVgksJrcA0BMBWrRI240GI10Ma/YQDNC22KzF' +
  'WcD2PdipAG7OIkrbWVQsghgDZ7ETljNwFiFFW9YALZAImmZxSNTqSKyuvs4HP6UVJS6oD3Y1e9prSji9AAAAAElFTkSuQmCC';

/** A request that can be sent as it is and becomes a model within seconds. */
export const EXAMPLE_REQUEST: GenerateRequest = {
  images: { front: PICTURE },
  options: { face_count: 4000, texture_size: 512 },
};
