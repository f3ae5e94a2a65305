/** The catalogue that a new stack starts with. Prices are minor units. */
export const PRODUCTS = [
  { productId: 'PROD-001', name: 'Widget Pro', price: 1999 },
  { productId: 'PROD-002', name: 'Super Gadget', price: 4999 },
  { productId: 'PROD-003', name: 'Desk Lamp', price: 3450 },
  { productId: 'PROD-004', name: 'Notebook, ruled', price: 590 },
  { productId: 'PROD-005', name: 'Mechanical Keyboard', price: 11900 },
  { productId: 'PROD-006', name: 'Canvas Bag', price: 2275 },
  { productId: 'PROD-007', name: 'Water Bottle', price: 1825 },
  { productId: 'PROD-008', name: 'Noise-cancelling Headphones', price: 24900 },
  // So few that an order can be out of stock.
  { productId: 'PROD-009', name: 'Signed Print', price: 8900, available: 5 },
].map((product) => ({ available: 10_000, ...product, currency: 'USD', reserved: 0, sold: 0 }));
