export const territories = {};
