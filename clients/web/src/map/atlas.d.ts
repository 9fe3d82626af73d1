declare module "world-atlas/countries-50m.json" {
  const atlas: import("./outline.ts").Topology;
  export default atlas;
}
