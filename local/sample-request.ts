/** The order of the documentation, as a shop would send it. */
export const SAMPLE_ORDER = {
  orderId: 'ORD-12345',
  customerId: 'CUST-6789',
  orderDate: '2025-03-06T16:30:00Z',
  items: [
    { productId: 'PROD-001', name: 'Widget Pro', quantity: 2, price: 19.99 },
    { productId: 'PROD-002', name: 'Super Gadget', quantity: 1, price: 49.99 },
  ],
  shippingAddress: { street: '123 Main St', city: 'Anytown', state: 'CA', zipCode: '12345' },
  paymentMethod: 'credit_card' as const,
  totalAmount: 89.97,
};
